/** @file Collaborative metric learning: a click is nearer than the items that were not clicked. */

import {
  add,
  compile,
  concat,
  type Device,
  div,
  full,
  gather,
  max,
  mul,
  neg,
  relu,
  reshape,
  sddmm,
  slice,
  sub,
  sum,
  type Tensor,
} from '../autodiff/index.ts';
import { type ClickPairs, itemOf } from './click-pairs.ts';
import { batchNorms, type EmbeddingModel } from './embedding-training.ts';
import { factorModel } from './factor-model.ts';
import { normalTables } from './initial.ts';
import type { Factors } from './model.ts';

/** Positions `[users, K]` and `[items, K]`. */
export type CmlParameters = {
  readonly users: { readonly position: Tensor };
  readonly items: { readonly position: Tensor };
  readonly shared: Record<string, never>;
};

export interface CmlOptions {
  readonly margin: number;
  /** Weight of `batchNorms`. */
  readonly regularization: number;
  readonly negatives: number;
}

const squaredNorms = (x: Tensor): Tensor => sum(mul(x, x), -1, { keepDims: true });

/** Squared distances of the batch's pairs, `[size, 1 + negatives]`. */
function distances({ users, items }: CmlParameters, batch: ClickPairs, width: number): Tensor {
  const user = gather(users.position, batch.userOf);
  const byClick = (x: Tensor) => reshape(x, [user.shape[0], width]);
  const item = byClick(gather(squaredNorms(items.position), itemOf(batch)));
  const products = byClick(sddmm(batch.pairs, user, items.position));
  return sub(add(squaredNorms(user), item), mul(2, products));
}

/**
 * The hinge loss of the hardest negative, mean over the clicks of a batch: by how much the squared
 * distance to the clicked item exceeds that to the nearest negative less the margin, plus the
 * regularization (Hsieh et al. 2017, equation 1, as Tang, Wen & Wang 2020 use it: with one rank
 * for all, and with norms in the loss in place of the unit ball).
 */
export function cmlLoss(
  rows: CmlParameters,
  batch: ClickPairs,
  { margin, regularization, negatives }: CmlOptions,
): Tensor {
  const all = distances(rows, batch, 1 + negatives);
  const size = all.shape[0];
  const clicked = slice(all, [0, 0], [size, 1]);
  const others = slice(all, [0, 1], [size, negatives]);
  const nearest = neg(max(neg(others), 1, { keepDims: true }));
  const hinge = relu(add(sub(clicked, nearest), margin));
  const cost = div(sum(mul(batch.mask, hinge)), sum(batch.mask));
  return add(cost, mul(regularization, batchNorms(rows, batch)));
}

/** Minus the squared distance as an inner product: `2 p q - |p|² - |q|²`. */
export const cmlFactors = ({ users, items }: Pick<CmlParameters, 'users' | 'items'>): Factors => {
  const ones = (x: Tensor) => full([x.shape[0], 1], 1);
  const [p, q] = [users.position, items.position];
  return {
    users: concat(mul(2, p), concat(neg(squaredNorms(p)), ones(p), 1), 1),
    items: concat(q, concat(ones(q), neg(squaredNorms(q)), 1), 1),
  };
};

/** CML for data of this size, its positions drawn from a normal distribution. */
export function cml(
  counts: { readonly users: number; readonly items: number; readonly factors: number },
  options: CmlOptions & { readonly deviation: number; readonly seed: number; device: Device },
): EmbeddingModel<CmlParameters> {
  const { deviation, seed, device } = options;
  const draw = normalTables(deviation, seed);
  const factors = compile(cmlFactors, { device });
  return {
    initial: {
      users: { position: draw('users', counts.users, counts.factors) },
      items: { position: draw('items', counts.items, counts.factors) },
      shared: {},
    },
    loss: (rows, batch) => cmlLoss(rows, batch, options),
    trained: async ({ users, items }) => factorModel(await factors({ users, items }), device),
  };
}
