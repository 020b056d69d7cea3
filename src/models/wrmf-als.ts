/** @file Weighted regularized matrix factorization trained by alternating least squares. */

import {
  add,
  concat,
  mul,
  type NoData,
  noData,
  type Tensor,
  type Tree,
  tensor,
  transpose,
} from '../autodiff/index.ts';
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

/** The data of a step, named by what it solves for. */
type HalfOf<D extends Tree> = { readonly users: D } | { readonly items: D };

/** The data of a step: the rows that it solves for, in blocks where only clicks are computed. */
export type AlsBatch = HalfOf<RowBlocks | NoData>;

/** Factors of real users and of items, given those of the other side and the half's data. */
interface Solvers<D extends Tree> {
  readonly data: { readonly [half in AlsHalf]: D };
  users(state: WrmfFactors, data: D): Tensor;
  items(state: WrmfFactors, fakes: Tensor | undefined, data: D): Tensor;
}

/**
 * WRMF by alternating least squares (Hu, Koren & Volinsky 2008; the surrogate WRMF+ALS of Tang,
 * Wen & Wang 2020). A step is one half of an alternation: all users, real and fake, given the
 * items, or all items given the users. The last solve of the schedule is no step but how the
 * scores follow from the state: with the items last, `partial()` is the paper's derivative through
 * that solve, with the users' factors constant.
 */
export const wrmfAls = (
  data: SparseMatrix,
  options: AlsOptions,
): Recommender<WrmfFactors, AlsBatch> =>
  options.loss === 'dense'
    ? alternating(data, options, denseSolvers(data, options))
    : alternating(data, options, sparseSolvers(data, options));

function alternating<D extends Tree>(
  data: SparseMatrix,
  options: AlsOptions,
  solvers: Solvers<D>,
): Recommender<WrmfFactors, HalfOf<D>> {
  const { schedule, initial } = options;
  const batches = { users: { users: solvers.data.users }, items: { items: solvers.data.items } };
  const [last] = schedule.slice(-1);
  const solve = (state: WrmfFactors, { fakes }: Poison, batch: HalfOf<D>): WrmfFactors => {
    if ('items' in batch) return { ...state, items: solvers.items(state, fakes, batch.items) };
    const users = solvers.users(state, batch.users);
    if (!fakes) return { ...state, users };
    return { ...state, users, fakes: denseFactors({ x: fakes, factors: state.items }, options) };
  };
  return {
    name: 'wrmf-als',
    users: data.rows,
    items: data.columns,
    steps: schedule.length - 1,
    init: () => initial,
    batch: (step) => batches[schedule[step]],
    step: solve,
    factors: (state, poison) => {
      const { users, items } = solve(state, poison, batches[last]);
      return { users, items };
    },
  };
}

function denseSolvers(data: SparseMatrix, options: AlsOptions): Solvers<NoData> {
  const x = tensor(toDense(data), [data.rows, data.columns]);
  return {
    data: { users: noData, items: noData },
    users: ({ items }) => denseFactors({ x, factors: items }, options),
    items: ({ users, fakes }, fakeRows) => {
      const all = fakeRows
        ? { x: concat(x, fakeRows, 0), factors: concat(users, fakes, 0) }
        : { x, factors: users };
      return denseFactors({ ...all, x: transpose(all.x) }, options);
    },
  };
}

function sparseSolvers(data: SparseMatrix, options: AlsOptions): Solvers<RowBlocks> {
  const width = options.initial.items.shape[1];
  const limits = { maxCells, width, size: width * width };
  return {
    data: { users: rowBlocks(data, limits), items: rowBlocks(transposed(data), limits) },
    users: ({ items }, blocks) => sparseFactors(blocks, items, options),
    items: ({ users, fakes }, fakeRows, blocks) => {
      const dense = fakeRows && { x: transpose(fakeRows), factors: fakes };
      return sparseFactors(blocks, users, options, dense);
    },
  };
}
