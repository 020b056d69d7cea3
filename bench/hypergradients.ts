/** @file Exact hypergradients of neutral problems beside PyTorch: time, and memory. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { OpenProblem } from '../src/eval/problems/problem.ts';
import { neutralProblems } from '../src/eval/problems/registry.ts';
import type { Benchmark, SimdDevice } from './benchmark.ts';
import { benchSteps, gradientOf } from './hypergradients/run.ts';
import { type Contestant, compare, type Row } from './timing.ts';
import { pythonWithTorch, torchContestant, torchPeak } from './torch.ts';

const script = 'hypergradients.py';

function onDevice({ name, device }: SimdDevice, problem: OpenProblem): Contestant {
  const start = async () => {
    let numbers: ArrayLike<number> = [];
    return {
      run: async () => {
        numbers = await gradientOf(problem, device);
      },
      read: () => numbers,
      stop: () => {},
    };
  };
  return { name, start };
}

/** Bytes by which a process of its own grows at most while it computes the same. */
async function ownPeak(name: string): Promise<number> {
  const path = fileURLToPath(new URL('hypergradients/memory.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', path, name]);
  return Number(stdout);
}

/** The row, and below it the memory of each: megabytes, and how many times as much PyTorch took. */
async function withMemory(row: Row, name: string, python: string, data: object): Promise<Row> {
  const [own, torch] = [await ownPeak(name), await torchPeak(python, script, data)];
  const figures = { 'MB here': own / 1e6, 'MB pytorch': torch / 1e6, ratio: torch / own };
  return { ...row, figures };
}

export const hypergradientsBenchmark: Benchmark = {
  name: 'hypergradients',
  about: 'exact hypergradients of neutral problems, and the memory that a process grows by',
  async *rows({ simd, runs }) {
    const python = await pythonWithTorch();
    for (const neutral of neutralProblems) {
      const { name, about } = neutral;
      const steps = benchSteps(neutral);
      const problem = neutral.open({ seed: 1, steps });
      const contestants = simd.map((device) => onDevice(device, problem));
      const data = { name: name.replaceAll('-', '_'), ...(await problem.data()) };
      if (python) contestants.push(torchContestant(python, script, data));
      const row = await compare({ label: name, about: `${about}, ${steps} steps` }, contestants, {
        rounds: runs,
      });
      yield python ? await withMemory(row, name, python, data) : row;
    }
  },
};
