/** @file One exact outer iteration of the paper's synthetic experiment. */

import { adversarialLoss, type Goal, interestOf } from '../src/attack/index.ts';
import {
  type Device,
  hypergradient,
  openDevice,
  readAll,
  release,
  type Tree,
  tensor,
} from '../src/autodiff/index.ts';
import { synthetic, toDense } from '../src/data/index.ts';
import { type Poison, predictions, wrmfSgd } from '../src/models/index.ts';
import type { Benchmark } from './benchmark.ts';
import { type Contestant, compare } from './timing.ts';

const goal: Goal = { kind: 'promote', targets: [0] };

function problem() {
  const { data, fakes } = synthetic({ seed: 1 });
  const { model } = wrmfSgd.surrogate(data.train, fakes.rows, wrmfSgd.synthetic, 1);
  const interest = interestOf(goal, data.train);
  const inputs: Poison = { fakes: tensor(toDense(fakes), [fakes.rows, fakes.columns]) };
  const objective = (state: Tree, given: Poison) =>
    adversarialLoss(goal, predictions(model, state, given), interest);
  return { ...model, inputs, objective };
}

type Problem = ReturnType<typeof problem>;

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
    const work = problem();
    const contestants = [
      ...simd.map(({ name, device }) => onDevice(name, async () => device, work)),
      onDevice('gpujs:webasm', () => openDevice('gpujs:webasm'), work),
    ];
    yield await compare({ label: 'outer iteration' }, contestants, { rounds: runs });
  },
};
