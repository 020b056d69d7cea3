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

/**
 * By jax-js, in processes of their own: an unrolled training may exhaust the memory, or compile for
 * longer than anyone waits.
 */
const jaxProgram = (name: string, way: 'unrolled' | 'by-hand'): PeerProgram => ({
  name,
  command: process.execPath,
  args: ['--import', 'tsx', pathOf('jax/hypergradients.ts'), way],
});

export const jaxPrograms: readonly PeerProgram[] = [
  jaxProgram('jax-js', 'unrolled'),
  jaxProgram('jax-js by hand', 'by-hand'),
];

const programsOf = ({ torch, jax }: Context): PeerProgram[] => [
  ...(torch ? [torchProgram(torch)] : []),
  ...(jax ? jaxPrograms : []),
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
    // A peer that is given up only now has a time, and no memory.
    const peak = await peakOf(program, data).catch(() => undefined);
    if (peak === undefined) continue;
    figures[`MB ${program.name}`] = peak / 1e6;
    figures[`MB ${program.name} / here`] = peak / own;
  }
  return figures;
}

/**
 * Of float32, relative to the largest entry: no sum is longer than 2,000, the sweep back carries an
 * error through every step, and both that are compared have errors.
 */
const toleranceOf = (steps: number): number => 2 * (steps + 2000) * 2 ** -24;

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
        tolerance: toleranceOf(steps),
      });
      yield { ...row, figures: await memoryOf(row, name, programs, data) };
    }
  },
};
