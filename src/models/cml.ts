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
import { batchNorms, type EmbeddingModel, squaredNorms } from './embedding-training.ts';
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

/** Squared norms of users and items, `[rows, 1]`, once for all that reads them. */
const normsOf = ({ users, items }: Pick<CmlParameters, 'users' | 'items'>) => ({
  users: squaredNorms(users.position),
  items: squaredNorms(items.position),
});

/** Squared distances of the batch's pairs, `[size, 1 + negatives]`. */
function distances(
  { users, items }: CmlParameters,
  norms: ReturnType<typeof normsOf>,
  batch: ClickPairs,
  width: number,
): Tensor {
  const user = gather(users.position, batch.userOf);
  const byClick = (x: Tensor) => reshape(x, [user.shape[0], width]);
  const products = byClick(sddmm(batch.pairs, user, items.position));
  const apart = add(gather(norms.users, batch.userOf), byClick(gather(norms.items, itemOf(batch))));
  return sub(apart, mul(2, products));
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
  const norms = normsOf(rows);
  const all = distances(rows, norms, batch, 1 + negatives);
  const size = all.shape[0];
  const clicked = slice(all, [0, 0], [size, 1]);
  const others = slice(all, [0, 1], [size, negatives]);
  const nearest = neg(max(neg(others), 1, { keepDims: true }));
  const hinge = relu(add(sub(clicked, nearest), margin));
  const cost = div(sum(mul(batch.mask, hinge)), sum(batch.mask));
  return add(cost, mul(regularization, batchNorms(norms.users, norms.items, batch)));
}

/** Minus the squared distance as an inner product: `2 p q - |p|² - |q|²`. */
export const cmlFactors = (at: Pick<CmlParameters, 'users' | 'items'>): Factors => {
  const ones = (x: Tensor) => full([x.shape[0], 1], 1);
  const [p, q] = [at.users.position, at.items.position];
  const norms = normsOf(at);
  return {
    users: concat(mul(2, p), concat(neg(norms.users), ones(p), 1), 1),
    items: concat(q, concat(ones(q), neg(norms.items), 1), 1),
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
