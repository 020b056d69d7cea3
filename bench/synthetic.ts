/** @file One exact outer iteration of the paper's synthetic experiment. */

import { type Device, hypergradient, openDevice, readAll, release } from '../src/autodiff/index.ts';
import type { Poison } from '../src/models/index.ts';
import type { Benchmark } from './benchmark.ts';
import { syntheticProblem } from './problems.ts';
import { type Contestant, compare } from './timing.ts';

type Problem = ReturnType<typeof syntheticProblem>;

function onDevice(name: string, open: () => Promise<Device>, work: Problem): Contestant {
  const start = async () => {
    const device = await open();
    let gradient: Poison | undefined;
    return {
      run: async () => {
        if (gradient) release(gradient);
        const result = await hypergradient(work, { device });
        release(result.state);
        gradient = result.gradient;
      },
      read: async () => (await readAll(gradient as Poison, { device }))[0],
      stop: async () => {
        if (gradient) release(gradient);
        if (device.name !== 'simd') await device.dispose();
      },
    };
  };
  return { name, start };
}

export const syntheticBenchmark: Benchmark = {
  name: 'synthetic',
  about: 'one exact outer iteration, 100 steps, 1000 x 300, K 16; once warm',
  async *rows({ simd, runs }) {
    const work = syntheticProblem();
    const contestants = [
      ...simd.map(({ name, device }) => onDevice(name, async () => device, work)),
      onDevice('gpujs:webasm', () => openDevice('gpujs:webasm'), work),
    ];
    yield await compare({ label: 'outer iteration' }, contestants, { rounds: runs });
  },
};
