/** @file The scores of NeuMF, and the trained model, which computes once what no pair changes. */

import {
  add,
  compile,
  type Device,
  gather,
  linear,
  matmul,
  mul,
  type RowIndex,
  readAll,
  release,
  reshape,
  rowIndex,
  slice,
  type Tensor,
  tensor,
} from '../autodiff/index.ts';
import { arrayOf, type NamedArrays } from '../data/named-arrays.ts';
import type { TrainedModel } from './kind.ts';
import { type Activation, activations, type Layer } from './training/layers.ts';

/** Factors of the product, `[rows, K]`, and of the perceptron, `[rows, M]`. */
export type NeumfTables = { readonly product: Tensor; readonly perceptron: Tensor };

/**
 * `shared.product` `[1, K]` weighs the terms of the product. The first of `shared.layers` reads a
 * user's factors and then an item's; the last has one output.
 */
export type NeumfParameters = {
  readonly users: NeumfTables;
  readonly items: NeumfTables;
  readonly shared: { readonly product: Tensor; readonly layers: readonly Layer[] };
};

/** The sizes of the tables and layers. */
export interface NeumfSizes {
  readonly users: number;
  readonly items: number;
  readonly factors: number;
  /** Length M of the perceptron's factors, then the sizes of its hidden layers. */
  readonly layers: readonly number[];
}

/**
 * What the first layer makes of users and of items, `[rows, out]` each. The output of a pair is
 * the sum of both: W [a; b] + c = W_users a + (W_items b + c).
 */
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

/** The further layers of pairs `[pairs, out]`, with an activation before each. */
export const furtherLayers = (
  first: Tensor,
  layers: readonly Layer[],
  activation: Activation,
): Tensor =>
  layers.reduce((x, { weight, bias }) => linear(activations[activation](x), weight, bias), first);

/** Of each row, the factors of the product and what the first layer makes of the others. */
interface Side {
  readonly [name: string]: Tensor;
  readonly factors: Tensor;
  readonly first: Tensor;
}

/** What scores are computed from; `layers` are those after the first. */
export type NeumfScorer = {
  readonly users: Side;
  readonly items: Side;
  readonly layers: readonly Layer[];
};

/** The scorer of trained parameters. */
export function neumfScorer({ users, items, shared }: NeumfParameters): NeumfScorer {
  const [layer, ...layers] = shared.layers;
  const first = firstLayer(users.perceptron, items.perceptron, layer);
  return {
    users: { factors: mul(users.product, shared.product), first: first.users },
    items: { factors: items.product, first: first.items },
    layers,
  };
}

/** Scores `[n, items]` of users. */
function score({ users, items, layers }: NeumfScorer, rows: RowIndex, activation: Activation) {
  const products = matmul(gather(users.factors, rows), items.factors, { transposeB: true });
  const [n, count] = products.shape;
  const width = items.first.shape[1];
  const pairs = add(reshape(gather(users.first, rows), [n, 1, width]), items.first);
  const last = furtherLayers(reshape(pairs, [n * count, width]), layers, activation);
  return add(products, reshape(last, [n, count]));
}

/** The most cells of a layer's output in memory at once, unless one user alone has more. */
const blockCells = 2 ** 23;

/** A model that owns this computed scorer: its `release` frees it. */
export function neumfModel(
  scorer: NeumfScorer,
  activation: Activation,
  device: Device,
): TrainedModel {
  const [users, items] = [scorer.users.first.shape[0], scorer.items.first.shape[0]];
  const sizes = [scorer.items.first.shape[1], ...scorer.layers.map(({ bias }) => bias.size)];
  const block = Math.max(1, Math.floor(blockCells / (items * Math.max(...sizes))));
  const run = compile((weights: NeumfScorer, rows: RowIndex) => score(weights, rows, activation), {
    device,
  });
  const read = async (rows: Int32Array) => {
    const scores = await run(scorer, rowIndex(rows, users));
    const [numbers] = await readAll(scores, { device });
    release(scores);
    return numbers;
  };
  return {
    users,
    items,
    scores: async (rows) => {
      const size = rows.length * items;
      const all = device.precision === 'f64' ? new Float64Array(size) : new Float32Array(size);
      for (let from = 0; from < rows.length; from += block) {
        all.set(await read(rows.subarray(from, from + block)), from * items);
      }
      return all;
    },
    arrays: async () => {
      const named = namedTensors(scorer);
      const numbers = await readAll(Object.values(named), { device });
      const entries = Object.entries(named).map(
        ([name, { shape }], i) => [name, { shape, data: numbers[i] }] as const,
      );
      return Object.fromEntries(entries);
    },
    release: () => release(scorer),
  };
}

function namedTensors({ users, items, layers }: NeumfScorer): { [name: string]: Tensor } {
  const named: { [name: string]: Tensor } = {
    users: users.factors,
    items: items.factors,
    usersFirst: users.first,
    itemsFirst: items.first,
  };
  layers.forEach(({ weight, bias }, i) => {
    named[`weight${i + 1}`] = weight;
    named[`bias${i + 1}`] = bias;
  });
  return named;
}

/**
 * Makes a model of these sizes from its arrays. Throws a UserError that names an array of another
 * shape.
 */
export function loadNeumf(
  { users, items, factors, layers: [, ...hidden] }: NeumfSizes,
  activation: Activation,
  arrays: NamedArrays,
  device: Device,
): TrainedModel {
  const read = (name: string, shape: readonly number[]) =>
    tensor(arrayOf(arrays, name, shape), shape);
  const sizes = [...hidden, 1];
  const scorer = {
    users: {
      factors: read('users', [users, factors]),
      first: read('usersFirst', [users, sizes[0]]),
    },
    items: {
      factors: read('items', [items, factors]),
      first: read('itemsFirst', [items, sizes[0]]),
    },
    layers: hidden.map((size, i) => ({
      weight: read(`weight${i + 1}`, [sizes[i + 1], size]),
      bias: read(`bias${i + 1}`, [sizes[i + 1]]),
    })),
  };
  return neumfModel(scorer, activation, device);
}
