/** @file Exact hypergradients of neutral problems beside PyTorch and jax-js: time, and memory. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { OpenProblem } from '../src/eval/problems/problem.ts';
import { neutralProblems } from '../src/eval/problems/registry.ts';
import type { Benchmark, Context, SimdDevice } from './benchmark.ts';
import { benchSteps, gradientOf } from './hypergradients/run.ts';
import { type PeerProgram, peakOf, programContestant } from './programs.ts';
import { type Contestant, compare, type Row } from './timing.ts';
import { torchProgram } from './torch.ts';

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** By jax-js, in a process of its own, since a training that it unrolls may exhaust the memory. */
export const jaxProgram: PeerProgram = {
  name: 'jax-js',
  command: process.execPath,
  args: ['--import', 'tsx', pathOf('jax/hypergradients.ts')],
};

const programsOf = ({ torch, jax }: Context): PeerProgram[] => [
  ...(torch ? [torchProgram(torch)] : []),
  ...(jax ? [jaxProgram] : []),
];

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
  const args = ['--import', 'tsx', pathOf('hypergradients/memory.ts'), name];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return Number(stdout);
}

/** Megabytes of each whose time there is, and how many times as much as here the peers took. */
async function memoryOf(
  { timings }: Row,
  name: string,
  programs: readonly PeerProgram[],
  data: object,
): Promise<Record<string, number>> {
  const own = await ownPeak(name);
  const figures: Record<string, number> = { 'MB here': own / 1e6 };
  for (const program of programs) {
    const timing = timings.get(program.name);
    if (!timing || 'failure' in timing) continue;
    const peak = await peakOf(program, data);
    figures[`MB ${program.name}`] = peak / 1e6;
    figures[`MB ${program.name} / here`] = peak / own;
  }
  return figures;
}

export const hypergradientsBenchmark: Benchmark = {
  name: 'hypergradients',
  about: 'exact hypergradients of neutral problems, and the memory that a process grows by',
  async *rows(context) {
    const programs = programsOf(context);
    for (const neutral of neutralProblems) {
      const { name, about } = neutral;
      const steps = benchSteps(neutral);
      const problem = neutral.open({ seed: 1, steps });
      const data = { name: name.replaceAll('-', '_'), ...(await problem.data()) };
      const contestants = [
        ...context.simd.map((device) => onDevice(device, problem)),
        ...programs.map((program) => programContestant(program, data)),
      ];
      const row = await compare({ label: name, about: `${about}, ${steps} steps` }, contestants, {
        rounds: context.runs,
      });
      yield { ...row, figures: await memoryOf(row, name, programs, data) };
    }
  },
};
