/** @file NeuMF: a weighted inner product beside a multilayer perceptron of other factors. */

import {
  add,
  div,
  gather,
  linear,
  matmul,
  mul,
  reshape,
  sddmm,
  slice,
  softplus,
  sum,
  type Tensor,
  tensor,
} from '../autodiff/index.ts';
import { type ClickPairs, itemOf } from './click-pairs.ts';
import { batchNorms, squaredNorms } from './embedding-training.ts';
import { normalTables } from './initial.ts';
import { type Activation, activations } from './item-ae.ts';
import { type Layer, uniformLayers } from './layers.ts';

/** Factors of the product, `[rows, K]`, and of the perceptron, `[rows, M]`. */
export type NeumfTables = { readonly product: Tensor; readonly perceptron: Tensor };

/**
 * `product` `[1, K]` are the weights of the product's terms. The first layer reads a user's factors
 * and then an item's, the last one, of one number, is the score's other part.
 */
export type NeumfParameters = {
  readonly users: NeumfTables;
  readonly items: NeumfTables;
  readonly shared: { readonly product: Tensor; readonly layers: readonly Layer[] };
};

export interface NeumfSizes {
  readonly users: number;
  readonly items: number;
  readonly factors: number;
  /** Length M of the perceptron's factors, then the sizes of its hidden layers. */
  readonly layers: readonly number[];
}

/**
 * Normal factors, and uniform weights as PyTorch starts linear layers with: the last layer is one
 * with the product's weights, and reads K numbers more than its own.
 */
export function initialNeumf(
  { users, items, factors, layers: [length, ...hidden] }: NeumfSizes,
  deviation: number,
  seed: number,
): NeumfParameters {
  const table = normalTables(deviation, seed);
  const uniform = uniformLayers(seed);
  const tables = (side: string, rows: number): NeumfTables => ({
    product: table(`${side} product`, rows, factors),
    perceptron: table(`${side} perceptron`, rows, length),
  });
  const sizes = [2 * length, ...hidden, 1];
  const fanIn = (i: number) => sizes[i] + (i === hidden.length ? factors : 0);
  const layers = sizes.slice(1).map((size, i) => ({
    weight: uniform(`weight ${i}`, [size, sizes[i]], fanIn(i)),
    bias: uniform(`bias ${i}`, [size], fanIn(i)),
  }));
  const product = uniform('product', [1, factors], fanIn(hidden.length));
  return {
    users: tables('users', users),
    items: tables('items', items),
    shared: { product, layers },
  };
}

/** What the first layer makes of users and of items, `[rows, out]` each: their sum is its output. */
export function firstLayer(
  users: Tensor,
  items: Tensor,
  { weight, bias }: Layer,
): { readonly users: Tensor; readonly items: Tensor } {
  const [out, both] = weight.shape;
  const part = (start: number) => slice(weight, [0, start], [out, both / 2]);
  return {
    users: matmul(users, part(0), { transposeB: true }),
    items: linear(items, part(both / 2), bias),
  };
}

/** The further layers of pairs `[pairs, out]`, an activation before each. */
export const furtherLayers = (
  first: Tensor,
  layers: readonly Layer[],
  activation: Activation,
): Tensor =>
  layers.reduce((x, { weight, bias }) => linear(activations[activation](x), weight, bias), first);

export interface NeumfOptions {
  readonly activation: Activation;
  /** Weight of `batchNorms`. */
  readonly regularization: number;
  readonly negatives: number;
}

/** Scores of the batch's pairs, `[size, 1 + negatives]`. */
function scoresOfPairs(
  { users, items, shared }: NeumfParameters,
  batch: ClickPairs,
  { activation, negatives }: NeumfOptions,
): Tensor {
  const width = 1 + negatives;
  const { product, perceptron } = users;
  const user = mul(gather(product, batch.userOf), shared.product);
  const size = user.shape[0];
  const products = reshape(sddmm(batch.pairs, user, items.product), [size, width]);
  const [layer, ...further] = shared.layers;
  const first = firstLayer(gather(perceptron, batch.userOf), items.perceptron, layer);
  const out = layer.bias.size;
  const pairs = add(
    reshape(first.users, [size, 1, out]),
    reshape(gather(first.items, itemOf(batch)), [size, width, out]),
  );
  const last = furtherLayers(reshape(pairs, [size * width, out]), further, activation);
  return add(products, reshape(last, [size, width]));
}

/**
 * Binary cross-entropy of clicks and negatives, mean over the pairs of a batch, plus the
 * regularization (He et al. 2017, equation 7): `softplus(-score)` of a click and `softplus(score)`
 * of a negative, which overflow nowhere.
 */
export function neumfLoss(rows: NeumfParameters, batch: ClickPairs, options: NeumfOptions): Tensor {
  const width = 1 + options.negatives;
  const sign = tensor(new Float64Array(width).fill(1).fill(-1, 0, 1), [1, width]);
  const costs = softplus(mul(sign, scoresOfPairs(rows, batch, options)));
  const cost = div(sum(mul(batch.mask, costs)), mul(sum(batch.mask), width));
  const norms = ({ product, perceptron }: NeumfTables) =>
    add(squaredNorms(product), squaredNorms(perceptron));
  const regular = batchNorms(norms(rows.users), norms(rows.items), batch);
  return add(cost, mul(options.regularization, regular));
}
