/** @file Weighted regularized matrix factorization trained by gradient descent. */

import { add, matmul, type Optimizer, type Tensor, tensor } from '../autodiff/index.ts';
import { type SparseMatrix, toDense } from '../data/sparse.ts';
import {
  type Batch,
  batchMaker,
  entriesOfAll,
  type Minibatch,
  minibatchOf,
  rowsOf,
} from './batches.ts';
import { type DescentState, descent } from './descent.ts';
import { normalTables } from './initial.ts';
import type { Poison, Recommender, WeightedLoss } from './model.ts';
import { denseLoss, implicitZerosLoss } from './weighted-loss.ts';

export interface WrmfOptions extends WeightedLoss {
  readonly optimizer: Optimizer;
  readonly steps: number;
  /** Users of each step, real ones first, then fake ones; default all in every step. */
  readonly batches?: readonly Int32Array[];
  /** Where training starts. */
  readonly initial: WrmfFactors;
}

/** `users` `[users, K]`, `items` `[items, K]`, and `fakes` `[fakes, K]` if there are any. */
export type WrmfFactors = { readonly [name: string]: Tensor };

export type WrmfState = DescentState<WrmfFactors>;

/** Normal factors with this standard deviation, the same for the same seed. */
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

type RealLoss = (users: Tensor, items: Tensor, batch: Minibatch | undefined) => Tensor;

function realLoss(data: SparseMatrix, { loss, weight, batches }: WrmfOptions): RealLoss {
  if (loss === 'dense') {
    const x = tensor(toDense(data), [data.rows, data.columns]);
    return (users, items, batch) =>
      denseLoss(rowsOf(x, batch?.rows), matmul(users, items, { transposeB: true }), weight);
  }
  const all = batches ? undefined : entriesOfAll(data);
  return (users, items, batch) => {
    const { pattern, values } = (batch ?? all) as Pick<Minibatch, 'pattern' | 'values'>;
    return implicitZerosLoss(pattern, values, users, items, weight);
  };
}

type WrmfLoss = (factors: WrmfFactors, poison: Poison, batch?: Minibatch) => Tensor;

/** The sum of w (x - r)^2 over the users of a batch, or all, real and fake, and all items. */
export function wrmfLoss(data: SparseMatrix, options: WrmfOptions): WrmfLoss {
  const lossOfReal = realLoss(data, options);
  return (factors, { fakes }, batch) => {
    const real = lossOfReal(rowsOf(factors.users, batch?.rows), factors.items, batch);
    if (!fakes) return real;
    const users = rowsOf(factors.fakes, batch?.fakes);
    const scores = matmul(users, factors.items, { transposeB: true });
    return add(real, denseLoss(rowsOf(fakes, batch?.fakes), scores, options.weight));
  };
}

/**
 * WRMF by gradient descent (Hu, Koren & Volinsky 2008; Tang, Wen & Wang 2020, equation 5):
 * scores P Qᵀ fitted to the clicks by a weighted squared error, summed over all pairs.
 */
export function wrmf(data: SparseMatrix, options: WrmfOptions): Recommender<WrmfState, Batch> {
  const { optimizer, steps, initial } = options;
  const loss = wrmfLoss(data, options);
  const fakeCount = initial.fakes?.shape[0] ?? 0;
  return {
    name: 'wrmf-sgd',
    users: data.rows,
    items: data.columns,
    steps,
    batch: options.batches && batchMaker(data, options.batches, fakeCount),
    ...descent(initial, optimizer, (at, poison, batch: Batch) =>
      loss(at, poison, minibatchOf(batch)),
    ),
    factors: ({ parameters: { users, items } }) => ({ users, items }),
  };
}
