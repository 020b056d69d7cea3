/** @file Gowalla with the paper's settings: training, and outer iterations of both methods. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TrainingRun } from '../src/autodiff/hypergradient/training.ts';
import type { Device } from '../src/autodiff/index.ts';
import { Owned } from '../src/autodiff/run/owned.ts';
import type { SparseMatrix } from '../src/data/index.ts';
import { wrmfSgdKind } from '../src/models/index.ts';
import type { Benchmark } from './benchmark.ts';
import { gowallaClicks, gowallaFolder } from './data.ts';
import type { RunName, RunResult } from './gowalla-run.ts';
import { type Contestant, compare, type Row } from './timing.ts';

function epoch(train: SparseMatrix, name: string, device: Device): Contestant {
  const start = async () => {
    const surrogate = wrmfSgdKind.differentiable(train, 0, wrmfSgdKind.defaults, 1);
    const run = await TrainingRun.open(surrogate, {}, device);
    const owned = new Owned(device);
    const initial = owned.keep(await run.init());
    const epoch = { from: 0, to: surrogate.stepsPerEpoch };
    return {
      run: async () => owned.free(await run.advance(initial, epoch, owned)),
      stop: () => {
        owned.freeAll();
        run.close();
      },
    };
  };
  return { name, start };
}

/** Minutes long, so each is run once, in a process of its own. */
const runs: readonly (readonly [label: string, name: RunName])[] = [
  ['training, 50 epochs', 'training'],
  ['outer iteration, 10 of 50', 'truncated'],
  ['outer iteration, exact', 'exact'],
];

const script = fileURLToPath(new URL('gowalla-run.ts', import.meta.url));

async function runAlone(run: RunName, data: string, threads: number): Promise<RunResult> {
  const args = ['--import', 'tsx', script, run, data, `${threads}`];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout);
}

export const gowallaBenchmark: Benchmark = {
  name: 'gowalla',
  about: 'WRMF, K 128, batches of 2,048 users; all but the epoch run once, from a cold start',
  async *rows({ simd, data, threads, runs: rounds }) {
    const folder = gowallaFolder(data);
    const train = await gowallaClicks(folder);
    const epochs = simd.map(({ name, device }) => epoch(train, name, device));
    yield await compare({ label: 'epoch' }, epochs, { rounds });
    for (const [label, run] of runs) {
      const { seconds, peakBytes, figures } = await runAlone(run, folder, threads);
      const timing = { median: seconds, best: seconds, samples: 1 };
      const timings: Row['timings'] = new Map([[`simd-${threads}`, timing]]);
      yield { label, timings, figures: { 'peak GB': peakBytes / 1e9, ...figures } };
    }
  },
};
