/** @file From a function to a program that is ready to run, and that a run does not do it again. */

import {
  compiledPlans,
  exact,
  mapTree,
  noData,
  openDevice,
  type Tree,
  tensor,
  vjp,
} from '../src/autodiff/index.ts';
import { planOf } from '../src/autodiff/run/evaluate.ts';
import { runSynthetic } from '../src/eval/index.ts';
import { surrogateKind } from '../src/models/index.ts';
import type { Benchmark, SimdDevice } from './benchmark.ts';
import { gowallaClicks } from './data.ts';
import { gowallaProblem, syntheticProblem } from './problems.ts';
import { type Contestant, compare, type Row } from './timing.ts';

type Problem = ReturnType<typeof syntheticProblem>;

/** Records, plans and compiles anew each time: the caches of `compile` are not asked. */
const compiling = (
  { name, device }: SimdDevice,
  fn: (...args: Tree[]) => Tree,
  ...examples: Tree[]
): Contestant => ({
  name,
  start: async () => ({
    run: async () => (await device.compile(planOf(fn, ...examples))).dispose(),
    stop: () => {},
  }),
});

async function* stepAndPullback(
  what: string,
  problem: Problem,
  simd: readonly SimdDevice[],
  rounds: number,
): AsyncIterable<Row> {
  const { init, inputs, batch } = problem;
  const state = init(inputs);
  const given = { state, inputs };
  const data = batch?.(0) ?? noData;
  const step = (at: Tree, rows: Tree) => {
    const { state: from, inputs: poison } = at as typeof given;
    return problem.step(from, poison, rows);
  };
  const pullback = (at: Tree, rows: Tree, ct: Tree) =>
    vjp((x: typeof given) => step(x, rows), at as typeof given).pullback(ct);
  const zeros = mapTree((leaf) => tensor(new Float32Array(leaf.size), [...leaf.shape]), state);
  for (const [label, fn, more] of [
    [`${what}: step`, step, []],
    [`${what}: step and its vjp`, pullback, [zeros]],
  ] as const) {
    const contestants = simd.map((each) =>
      compiling(each, fn as (...args: Tree[]) => Tree, given, data, ...more),
    );
    yield await compare({ label }, contestants, { rounds });
  }
}

/** An attack of a few iterations: all plans are compiled in the first. */
async function plansOfRun(): Promise<Row> {
  const device = await openDevice('simd');
  const counts: number[] = [];
  const onIteration = () => {
    counts.push(compiledPlans(device));
  };
  const options = { surrogate: surrogateKind('wrmf-sgd'), method: exact(), iterations: 3, seed: 1 };
  await runSynthetic({ ...options, device, onIteration });
  await device.dispose();
  if (counts.some((count) => count !== counts[0])) {
    throw new Error(`an attack compiled more in later iterations: ${counts}`);
  }
  return { label: 'an attack', timings: new Map(), figures: { plans: counts[0] } };
}

export const compileBenchmark: Benchmark = {
  name: 'compile',
  about: 'from a function to its program; an attack compiles in its first iteration alone',
  async *rows({ simd, data, runs }) {
    yield* stepAndPullback('synthetic', syntheticProblem(), simd, runs);
    yield await plansOfRun();
    yield* stepAndPullback('Gowalla', gowallaProblem(await gowallaClicks(data)), simd, runs);
  },
};
