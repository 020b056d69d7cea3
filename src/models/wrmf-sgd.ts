/** @file `wrmf-sgd`: weighted regularized matrix factorization, trained by gradient descent. */

import {
  adam,
  add,
  type Factorization,
  grad,
  leaves,
  matmul,
  mul,
  type Optimizer,
  square,
  sum,
  type Tensor,
  type Tree,
  tensor,
} from '../autodiff/index.ts';
import { type SparseMatrix, toDense } from '../data/sparse.ts';
import {
  denseLoss,
  denseLosses,
  type EntryWeight,
  implicitZerosLoss,
  implicitZerosLosses,
  type WeightedLoss,
} from './losses/weighted-loss.ts';
import type { Poison, Recommender, TrainingLoss } from './recommender.ts';
import {
  allEntries,
  type Batch,
  type Minibatch,
  minibatches,
  minibatchMaker,
  minibatchOf,
  selectRows,
  spreadRows,
} from './training/batches.ts';
import { candidateRows, candidatesAmong, gramOfOthers, withOthers } from './training/candidates.ts';
import { type DescentSettings, type DescentState, descentAlong } from './training/descent.ts';
import { differentiableKind } from './training/fit.ts';
import { normalTables } from './training/initial.ts';

/** `users` `[users, K]`, `items` `[items, K]`, and `fakes` `[fakes, K]` if there are any. */
export type WrmfFactors = { readonly [name: string]: Tensor };

/** The state of a training by gradient descent. */
export type WrmfSgdState = DescentState<WrmfFactors>;

/** Options of `wrmfSgd`. */
export interface WrmfSgdOptions extends WeightedLoss {
  readonly optimizer: Optimizer;
  readonly steps: number;
  /** Users of each step, real ones first, then fake ones. By default each step reads all. */
  readonly batches?: readonly Int32Array[];
  /** The factors before the first step. */
  readonly initial: WrmfFactors;
  /** The items, ascending, that fake users may click; default all. */
  readonly candidates?: Int32Array;
}

/** Normal factors of mean 0 and standard deviation `deviation`. */
export function initialFactors(
  counts: { users: number; fakes: number; items: number; factors: number },
  deviation: number,
  seed: number,
): WrmfFactors {
  const draw = normalTables(deviation, seed);
  const users = draw('users', counts.users, counts.factors);
  const items = draw('items', counts.items, counts.factors);
  return counts.fakes === 0
    ? { users, items }
    : { users, items, fakes: draw('fakes', counts.fakes, counts.factors) };
}

/** Of the users in a batch: their factors, and their weights `[n, 1]` if they have any. */
type BatchUsers = { readonly factors: Tensor; readonly weights?: Tensor };

/** Options of `wrmfLoss`: those of a model, whose entries may each have a weight of their own. */
type LossOptions = Pick<WrmfSgdOptions, 'loss' | 'candidates'> & { readonly weight: EntryWeight };

/** The loss of real users, and that of each, given the factors of those in the batch. */
function realLosses(data: SparseMatrix, { loss, weight }: Pick<LossOptions, 'loss' | 'weight'>) {
  if (loss === 'dense') {
    const x = tensor(toDense(data), [data.rows, data.columns]);
    const pairs = (users: Tensor, items: Tensor, batch?: Minibatch) =>
      [selectRows(x, batch?.rows), matmul(users, items, { transposeB: true }), weight] as const;
    return {
      sum: ({ factors, weights }: BatchUsers, items: Tensor, batch?: Minibatch) =>
        denseLoss(...pairs(factors, items, batch), weights),
      each: (users: Tensor, items: Tensor, batch?: Minibatch) =>
        denseLosses(...pairs(users, items, batch)),
    };
  }
  const all = allEntries(data);
  const pairs = (users: Tensor, items: Tensor, batch?: Minibatch) => {
    const { pattern, values } = batch ?? all;
    return [pattern, values, users, items, weight] as const;
  };
  return {
    sum: ({ factors, weights }: BatchUsers, items: Tensor, batch?: Minibatch) =>
      implicitZerosLoss(...pairs(factors, items, batch), weights),
    each: (users: Tensor, items: Tensor, batch?: Minibatch) =>
      implicitZerosLosses(...pairs(users, items, batch)),
  };
}

/**
 * The sum of w (x - r)^2 over the users of a batch, or all, real and fake, and over all items
 * (Tang, Wen & Wang 2020, equation 5). `weights` `[users, 1]` beside the fake users weigh the loss
 * of each real user.
 */
export function wrmfLoss(data: SparseMatrix, options: LossOptions) {
  const candidates = candidatesAmong(options.candidates, data.columns);
  const lossOfReal = realLosses(data, options).sum;
  return (factors: WrmfFactors, { fakes, weights }: Poison, batch?: Minibatch): Tensor => {
    const of = {
      factors: selectRows(factors.users, batch?.rows),
      weights: weights && selectRows(weights, batch?.rows),
    };
    const real = lossOfReal(of, factors.items, batch);
    if (!fakes) return real;
    const users = selectRows(factors.fakes, batch?.fakes);
    const scores = matmul(users, candidateRows(factors.items, candidates), { transposeB: true });
    const loss = denseLoss(selectRows(fakes, batch?.fakes), scores, options.weight);
    return add(real, withOthers(loss, users, factors.items, candidates));
  };
}

/**
 * The parts of `wrmfLoss`, without weights, of each user: `users` `[users, 1]` of the real ones and
 * `fakes` `[fakes, 1]`, if there are any; 0 for users that are not in the batch.
 */
export function wrmfUserLosses(data: SparseMatrix, options: LossOptions) {
  const candidates = candidatesAmong(options.candidates, data.columns);
  const lossesOfReal = realLosses(data, options).each;
  return (factors: WrmfFactors, { fakes }: Poison, batch?: Minibatch): WrmfFactors => {
    const { items } = factors;
    const real = lossesOfReal(selectRows(factors.users, batch?.rows), items, batch);
    const users = spreadRows(real, batch?.rows);
    if (!fakes) return { users };
    const rows = selectRows(factors.fakes, batch?.fakes);
    const scores = matmul(rows, candidateRows(items, candidates), { transposeB: true });
    const atCandidates = denseLosses(selectRows(fakes, batch?.fakes), scores, options.weight);
    const others = gramOfOthers(items, candidates);
    const each = others
      ? add(atCandidates, sum(mul(rows, matmul(rows, others)), -1, { keepDims: true }))
      : atCandidates;
    return { users, fakes: spreadRows(each, batch?.fakes) };
  };
}

/**
 * The gradient of `wrmfLoss`. With `weights`, a user's loss counts that much in the gradient of the
 * items, which all users share, and in full in that of the user's own factors, which no other user
 * reads: so a user of weight 0 changes nobody's scores, and yet gets scores of its own.
 */
export function wrmfGradient(data: SparseMatrix, options: LossOptions) {
  const gradient = grad(wrmfLoss(data, options));
  return (factors: WrmfFactors, poison: Poison, batch?: Minibatch): WrmfFactors => {
    const all = gradient(factors, poison, batch);
    const { weights, ...others } = poison;
    if (!weights) return all;
    return { ...gradient(factors, others, batch), items: all.items };
  };
}

/**
 * WRMF by gradient descent (Hu, Koren & Volinsky 2008; Tang, Wen & Wang 2020, equation 5): the
 * scores P Qᵀ fit the clicks by a weighted squared error, summed over all pairs.
 */
export function wrmfSgd(
  data: SparseMatrix,
  options: WrmfSgdOptions,
): Recommender<WrmfSgdState, Batch> {
  const { optimizer, steps, batches, initial } = options;
  const gradient = wrmfGradient(data, options);
  const fakeCount = initial.fakes?.shape[0] ?? 0;
  return {
    name: 'wrmf-sgd',
    users: data.rows,
    items: data.columns,
    candidates: options.candidates,
    steps,
    batch: batches && minibatchMaker(data, batches, fakeCount),
    ...descentAlong(initial, optimizer, (factors, poison, batch: Batch) =>
      gradient(factors, poison, minibatchOf(batch)),
    ),
    factors: ({ parameters: { users, items } }) => ({ users, items }),
    fakeFactors: ({ parameters }) => parameters.fakes,
  };
}

/** The settings of `wrmf-sgd`, which `settingDefinitions` describes. */
export type WrmfSgdSettings = DescentSettings &
  WeightedLoss & { readonly factors: number; readonly deviation: number };

const defaults: WrmfSgdSettings = {
  epochs: 50,
  batchSize: 2048,
  learningRate: 1e-2,
  weightDecay: 1e-5,
  weight: 20,
  loss: 'implicit-zeros',
  factors: 128,
  deviation: 0.1,
};

/** The `userLosses` of a surrogate, given those of `wrmfUserLosses`. */
export const realUserLosses =
  (losses: ReturnType<typeof wrmfUserLosses>) =>
  (state: Tree): Tensor =>
    losses((state as WrmfSgdState).parameters, {}).users;

/** The sum of the squares of all factors. */
export const squaredFactors = (factors: WrmfFactors): Tensor =>
  leaves(factors)
    .map((table) => sum(square(table)))
    .reduce((total, part) => add(total, part));

/** The two sides of the factorisation, for certificates. */
export const wrmfGauge = ({ users, items, fakes }: WrmfFactors): Factorization => ({
  left: fakes ? [users, fakes] : [users],
  right: [items],
});

/** The kind `wrmf-sgd`. */
export const wrmfSgdKind = differentiableKind<WrmfSgdSettings>({
  name: 'wrmf-sgd',
  about: 'weighted matrix factorization by Adam (Hu, Koren & Volinsky 2008)',
  defaults,
  synthetic: {
    ...defaults,
    epochs: 100,
    batchSize: 'all',
    learningRate: 0.5,
    weightDecay: 0,
    factors: 16,
    deviation: 1,
  },
  width: ({ factors }) => factors,
  differentiable: (clicks, fakes, settings, seed, candidates) => {
    const { rows: users, columns: items } = clicks;
    const { learningRate, weightDecay, weight, loss, factors, deviation } = settings;
    const { stepsPerEpoch, steps, batches } = minibatches(users + fakes, settings, seed);
    const model = wrmfSgd(clicks, {
      weight,
      loss,
      optimizer: adam({ learningRate, weightDecay }),
      steps,
      batches: stepsPerEpoch === 1 ? undefined : batches,
      initial: initialFactors({ users, fakes, items, factors }, deviation, seed),
      candidates,
    });
    const losses = wrmfUserLosses(clicks, { weight, loss, candidates });
    const clickLoss = wrmfLoss(clicks, { weight, loss, candidates });
    // Every step of an epoch decays all factors, and the batches of an epoch make up the loss.
    const decay = (stepsPerEpoch * weightDecay) / 2;
    const trainingLoss: TrainingLoss<WrmfSgdState, WrmfFactors> = {
      loss: (of, poison) => add(clickLoss(of, poison), mul(decay, squaredFactors(of))),
      parameters: (state) => state.parameters,
      gauge: wrmfGauge,
    };
    return { ...model, stepsPerEpoch, userLosses: realUserLosses(losses), trainingLoss };
  },
});
