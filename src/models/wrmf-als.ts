/** @file `wrmf-als`: weighted regularized matrix factorization by alternating least squares. */

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
import { denseFactors, maxCells, sparseFactors } from './losses/normal-equations.ts';
import { type Confidence, entryWeights, type WeightedLoss } from './losses/weighted-loss.ts';
import type { Poison, Recommender, TrainingLoss } from './recommender.ts';
import { selectRows } from './training/batches.ts';
import {
  type Candidates,
  candidateRows,
  candidatesAmong,
  gramOfOthers,
} from './training/candidates.ts';
import { differentiableKind } from './training/fit.ts';
import { type RowBlocks, rowBlocks } from './training/row-blocks.ts';
import {
  initialFactors,
  squaredFactors,
  type WrmfFactors,
  wrmfGauge,
  wrmfLoss,
} from './wrmf-sgd.ts';

/** The factors that a solve computes, given those of the other side. */
export type AlsHalf = 'users' | 'items';

/** Options of `wrmfAls`. */
export interface WrmfAlsOptions {
  /** As for `WeightedLoss`: whether a solve computes all pairs or only the clicks. */
  readonly loss: WeightedLoss['loss'];
  readonly confidence: Confidence;
  /** Weight of the squared norm of every factor. */
  readonly ridge: number;
  /** The solves in their order. All but the last are steps; the last makes the scores' factors. */
  readonly schedule: readonly AlsHalf[];
  /** The factors before the first solve. */
  readonly initial: WrmfFactors;
  /** The items, ascending, that fake users may click; default all. */
  readonly candidates?: Int32Array;
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

/** The schedule of `count` alternations, users first. Without any, the items are solved for. */
export const alternations = (count: number): AlsHalf[] =>
  count === 0 ? ['items'] : new Array<AlsHalf[]>(count).fill(['users', 'items']).flat();

/** The data of a solve, under the name of the factors that it computes. */
type HalfOf<D extends Tree> = { readonly users: D } | { readonly items: D };

/** The data of a step: blocks of the rows to solve for, or `noData` where all pairs are dense. */
export type AlsBatch = HalfOf<RowBlocks | NoData>;

/** Both solves and the data `D` of each. */
interface Solvers<D extends Tree> {
  readonly data: { readonly [half in AlsHalf]: D };
  /** Factors of real users. */
  users(state: WrmfFactors, data: D): Tensor;
  /** `fakes` are the fake users' clicks by item, `[items, fakes]`. */
  items(state: WrmfFactors, fakes: Tensor | undefined, data: D): Tensor;
}

function denseSolvers(data: SparseMatrix, options: WrmfAlsOptions): Solvers<NoData> {
  const x = tensor(toDense(data), [data.rows, data.columns]);
  return {
    data: { users: noData, items: noData },
    users: ({ items }) => denseFactors({ x, factors: items }, options),
    items: ({ users, fakes }, fakeRows) => {
      const all = fakeRows
        ? { x: concat(x, transpose(fakeRows), 0), factors: concat(users, fakes, 0) }
        : { x, factors: users };
      return denseFactors({ ...all, x: transpose(all.x) }, options);
    },
  };
}

function sparseSolvers(data: SparseMatrix, options: WrmfAlsOptions): Solvers<RowBlocks> {
  const width = options.initial.items.shape[1];
  const limits = { maxCells, width, size: width * width };
  return {
    data: { users: rowBlocks(data, limits), items: rowBlocks(transposed(data), limits) },
    users: ({ items }, blocks) => sparseFactors(blocks, items, options),
    items: ({ users, fakes }, fakeRows, blocks) => {
      const dense = fakeRows && { x: fakeRows, factors: fakes };
      return sparseFactors(blocks, users, options, dense);
    },
  };
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
  options: WrmfAlsOptions,
): Recommender<WrmfFactors, AlsBatch> =>
  options.loss === 'dense'
    ? alternating(data, options, denseSolvers(data, options))
    : alternating(data, options, sparseSolvers(data, options));

/** From fake users over the candidates to their clicks by item: 0 where an item is none. */
function clicksByItem(items: number, candidates?: Candidates) {
  const all = Int32Array.from({ length: items }, (_, item) => item);
  const rows = candidates?.rowsOf(all, items);
  return (fakes: Tensor): Tensor => selectRows(transpose(fakes), rows);
}

function alternating<D extends Tree>(
  data: SparseMatrix,
  options: WrmfAlsOptions,
  solvers: Solvers<D>,
): Recommender<WrmfFactors, HalfOf<D>> {
  const { schedule, initial } = options;
  const batches = { users: { users: solvers.data.users }, items: { items: solvers.data.items } };
  const candidates = candidatesAmong(options.candidates, data.columns);
  const byItem = clicksByItem(data.columns, candidates);
  const lastBatch = batches[schedule[schedule.length - 1]];
  const solve = (state: WrmfFactors, { fakes }: Poison, batch: HalfOf<D>): WrmfFactors => {
    if ('items' in batch)
      return { ...state, items: solvers.items(state, fakes && byItem(fakes), batch.items) };
    const users = solvers.users(state, batch.users);
    if (!fakes) return { ...state, users };
    const columns = { x: fakes, factors: candidateRows(state.items, candidates) };
    const others = gramOfOthers(state.items, candidates);
    return { ...state, users, fakes: denseFactors(columns, options, others) };
  };
  return {
    name: 'wrmf-als',
    users: data.rows,
    items: data.columns,
    candidates: options.candidates,
    steps: schedule.length - 1,
    init: () => initial,
    batch: (step) => batches[schedule[step]],
    step: solve,
    factors: (state, poison) => {
      const { users, items } = solve(state, poison, lastBatch);
      return { users, items };
    },
    fakeFactors: ({ fakes }) => fakes,
  };
}

/** The settings of `wrmf-als`, which `settingDefinitions` describes. */
export type WrmfAlsSettings = WeightedLoss & {
  /** Alternations. */
  readonly epochs: number;
  readonly regularization: number;
  readonly confidence: 'step' | 'linear';
  readonly factors: number;
  readonly deviation: number;
};

const defaults: WrmfAlsSettings = {
  epochs: 10,
  regularization: 5e-2,
  weight: 20,
  confidence: 'step',
  loss: 'implicit-zeros',
  factors: 128,
  deviation: 0.1,
};

/** What every half of an alternation minimises in its factors. */
function alsLoss(
  clicks: SparseMatrix,
  { loss, regularization }: WrmfAlsSettings,
  confidence: Confidence,
  candidates?: Int32Array,
): TrainingLoss<WrmfFactors, WrmfFactors> {
  const clickLoss = wrmfLoss(clicks, { loss, weight: confidence, candidates });
  return {
    loss: (factors, poison) =>
      add(clickLoss(factors, poison), mul(regularization, squaredFactors(factors))),
    parameters: (state) => state,
    gauge: wrmfGauge,
  };
}

/** The kind `wrmf-als`. */
export const wrmfAlsKind = differentiableKind<WrmfAlsSettings>({
  name: 'wrmf-als',
  about: 'weighted matrix factorization by alternating least squares (Hu, Koren & Volinsky 2008)',
  defaults,
  synthetic: { ...defaults, factors: 16, deviation: 1 },
  width: ({ factors }) => factors,
  differentiable: (clicks, fakes, settings, seed, candidates) => {
    const { rows: users, columns: items } = clicks;
    const { epochs, regularization, weight, loss, factors, deviation } = settings;
    const confidence = (settings.confidence === 'step' ? stepConfidence : linearConfidence)(weight);
    const model = wrmfAls(clicks, {
      loss,
      ridge: regularization,
      confidence,
      schedule: alternations(epochs),
      initial: initialFactors({ users, fakes, items, factors }, deviation, seed),
      candidates,
    });
    const trainingLoss = alsLoss(clicks, settings, confidence, candidates);
    return { ...model, stepsPerEpoch: 2, trainingLoss };
  },
});
