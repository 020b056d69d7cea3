/** @file A trained NeuMF: all that does not depend on pairs is computed once, before it scores. */

import {
  add,
  compile,
  type Device,
  gather,
  matmul,
  mul,
  type RowIndex,
  readAll,
  release,
  reshape,
  rowIndex,
  type Tensor,
  tensor,
} from '../autodiff/index.ts';
import { arrayOf, type NamedArrays } from '../data/named-arrays.ts';
import type { Activation } from './item-ae.ts';
import type { Layer } from './layers.ts';
import { firstLayer, furtherLayers, type NeumfParameters, type NeumfSizes } from './neumf.ts';
import type { TrainedModel } from './trained-model.ts';

/** Factors whose inner product is one part of a score, and what the first layer makes of each row. */
interface Side {
  readonly [name: string]: Tensor;
  readonly factors: Tensor;
  readonly first: Tensor;
}

export type NeumfScorer = {
  readonly users: Side;
  readonly items: Side;
  /** The layers after the first. */
  readonly layers: readonly Layer[];
};

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

/** Cells of a layer's output that are held at once, where users are not too few for it. */
const blockCells = 2 ** 23;

/** Takes over a scorer that is computed: `release` gives it back. */
export function neumfModel(
  scorer: NeumfScorer,
  activation: Activation,
  device: Device,
): TrainedModel {
  const [users, items] = [scorer.users.first.shape[0], scorer.items.first.shape[0]];
  const sizes = [scorer.items.first.shape[1], ...scorer.layers.map(({ bias }) => bias.size)];
  const block = Math.max(1, Math.floor(blockCells / (items * Math.max(...sizes))));
  const run = compile((at: NeumfScorer, rows: RowIndex) => score(at, rows, activation), {
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

/** The model that `arrays` of one of these sizes are of; throws a UserError naming one that is not. */
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
