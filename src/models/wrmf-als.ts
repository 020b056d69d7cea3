/** @file Weighted regularized matrix factorization trained by alternating least squares. */

import { add, concat, mul, type Tensor, type Tree, tensor, transpose } from '../autodiff/index.ts';
import { type SparseMatrix, toDense, transposed } from '../data/sparse.ts';
import type { Poison, Recommender, WeightedLoss } from './model.ts';
import { type Confidence, denseFactors, maxCells, sparseFactors } from './normal-equations.ts';
import { type RowBlocks, rowBlocks } from './row-blocks.ts';
import { entryWeights } from './weighted-loss.ts';
import type { WrmfFactors } from './wrmf.ts';

/** Which factors are solved for, given the others. */
export type AlsHalf = 'users' | 'items';

export interface AlsOptions {
  /** As for the loss: whether all pairs are computed or the clicks alone. */
  readonly loss: WeightedLoss['loss'];
  readonly confidence: Confidence;
  /** Weight of the squared norm of every factor. */
  readonly ridge: number;
  /** What is solved for, in turn: all but the last are steps, the last makes the factors. */
  readonly schedule: readonly AlsHalf[];
  /** Where training starts. */
  readonly initial: WrmfFactors;
}

/** `weight` above 0, else 1; constant to every derivative. */
export const stepConfidence =
  (weight: number): Confidence =>
  (x) =>
    entryWeights(x, weight);

/** 1 + (weight - 1) x, which is part of the derivative (Hu, Koren & Volinsky 2008, section 4). */
export const linearConfidence =
  (weight: number): Confidence =>
  (x) =>
    add(1, mul(weight - 1, x));

/** So many alternations, users first; for 0 the items alone. */
export const alternations = (count: number): AlsHalf[] =>
  count === 0 ? ['items'] : new Array<AlsHalf[]>(count).fill(['users', 'items']).flat();

/** The data of a step: blocks of rows where only clicks are computed, and what is solved for. */
type AlsBatch = { readonly [half in AlsHalf]?: RowBlocks | readonly [] };

/** Factors of real users and of items, given those of the other side. */
interface Solvers {
  readonly batches: { readonly [half in AlsHalf]: AlsBatch };
  users(state: WrmfFactors, batch: AlsBatch): Tensor;
  items(state: WrmfFactors, fakes: Tensor | undefined, batch: AlsBatch): Tensor;
}

/**
 * WRMF by alternating least squares (Hu, Koren & Volinsky 2008; the surrogate WRMF+ALS of Tang,
 * Wen & Wang 2020). A step is one half of an alternation: all users, real and fake, given the
 * items, or all items given the users. The last solve of the schedule is no step but how the
 * scores follow from the state: with the items last, `partial()` is the paper's derivative through
 * that solve, with the users' factors constant.
 */
export function wrmfAls(data: SparseMatrix, options: AlsOptions): Recommender<WrmfFactors> {
  const { schedule, initial, loss } = options;
  const solvers = (loss === 'dense' ? denseSolvers : sparseSolvers)(data, options);
  const [last] = schedule.slice(-1);
  const solve = (state: WrmfFactors, { fakes }: Poison, batch: AlsBatch): WrmfFactors => {
    if ('items' in batch) return { ...state, items: solvers.items(state, fakes, batch) };
    const users = solvers.users(state, batch);
    if (!fakes) return { ...state, users };
    return { ...state, users, fakes: denseFactors({ x: fakes, factors: state.items }, options) };
  };
  return {
    name: 'wrmf-als',
    users: data.rows,
    items: data.columns,
    steps: schedule.length - 1,
    init: () => initial,
    batch: (step) => solvers.batches[schedule[step]] as Tree,
    step: (state, poison, batch) => solve(state, poison, batch as AlsBatch),
    factors: (state, poison) => {
      const { users, items } = solve(state, poison, solvers.batches[last]);
      return { users, items };
    },
  };
}

function denseSolvers(data: SparseMatrix, options: AlsOptions): Solvers {
  const x = tensor(toDense(data), [data.rows, data.columns]);
  return {
    batches: { users: { users: [] }, items: { items: [] } },
    users: ({ items }) => denseFactors({ x, factors: items }, options),
    items: ({ users, fakes }, fakeRows) => {
      const all = fakeRows
        ? { x: concat(x, fakeRows, 0), factors: concat(users, fakes, 0) }
        : { x, factors: users };
      return denseFactors({ ...all, x: transpose(all.x) }, options);
    },
  };
}

function sparseSolvers(data: SparseMatrix, options: AlsOptions): Solvers {
  const width = options.initial.items.shape[1];
  const limits = { maxCells, width, size: width * width };
  return {
    batches: {
      users: { users: rowBlocks(data, limits) },
      items: { items: rowBlocks(transposed(data), limits) },
    },
    users: ({ items }, batch) => sparseFactors(batch.users as RowBlocks, items, options),
    items: ({ users, fakes }, fakeRows, batch) => {
      const dense = fakeRows && { x: transpose(fakeRows), factors: fakes };
      return sparseFactors(batch.items as RowBlocks, users, options, dense);
    },
  };
}
