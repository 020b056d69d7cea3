/** @file An autoencoder of items: each item's column of clicks is encoded and reconstructed. */

import {
  add,
  matmul,
  mul,
  type Optimizer,
  relu,
  selu,
  sigmoid,
  spmm,
  type Tensor,
  tanh,
  tensor,
  transpose,
} from '../autodiff/index.ts';
import { type SparseMatrix, toDense, transposed } from '../data/sparse.ts';
import {
  type Batch,
  batchMaker,
  entriesOfAll,
  type MaskedRows,
  type Minibatch,
  minibatchOf,
  rowsOf,
} from './batches.ts';
import { type DescentState, descent } from './descent.ts';
import { uniformLayers, withBias, withOnes } from './layers.ts';
import type { Poison, Recommender, WeightedLoss } from './model.ts';
import { denseLoss, implicitZerosLoss } from './weighted-loss.ts';

export const activations = { selu, tanh, relu, sigmoid };
export type Activation = keyof typeof activations;

export interface ItemAeOptions extends WeightedLoss {
  /** After every layer but the last, which is linear. */
  readonly activation: Activation;
  readonly optimizer: Optimizer;
  readonly steps: number;
  /** Items of each step; default all in every step. */
  readonly batches?: readonly Int32Array[];
  readonly initial: ItemAeWeights;
}

/**
 * `input` `[users, h]` and `output` `[users, h]` with `outputBias` `[users]`, their counterparts
 * `fakeInput`, `fakeOutput` and `fakeOutputBias` if there are fake users, `inputBias` `[h]`, and
 * the layers between, `weight1` `[out, in]`, `bias1` `[out]` and so on.
 */
export type ItemAeWeights = { readonly [name: string]: Tensor };

export type ItemAeState = DescentState<ItemAeWeights>;

/**
 * Uniform weights, as PyTorch starts linear layers with, for the hidden sizes
 * `layers` (64, 32, 64 in the paper's synthetic experiment).
 */
export function initialWeights(
  counts: { users: number; fakes: number },
  layers: readonly number[],
  seed: number,
): ItemAeWeights {
  const draw = uniformLayers(seed);
  const { users, fakes } = counts;
  const all = users + fakes;
  const [first, last] = [layers[0], layers[layers.length - 1]];
  const weights: { [name: string]: Tensor } = {
    input: draw('input', [users, first], all),
    inputBias: draw('inputBias', [first], all),
    output: draw('output', [users, last], last),
    outputBias: draw('outputBias', [users], last),
  };
  for (let i = 1; i < layers.length; i++) {
    weights[`weight${i}`] = draw(`weight${i}`, [layers[i], layers[i - 1]], layers[i - 1]);
    weights[`bias${i}`] = draw(`bias${i}`, [layers[i]], layers[i - 1]);
  }
  if (fakes > 0) {
    weights.fakeInput = draw('fakeInput', [fakes, first], all);
    weights.fakeOutput = draw('fakeOutput', [fakes, last], last);
    weights.fakeOutputBias = draw('fakeOutputBias', [fakes], last);
  }
  return weights;
}

/** The clicks of real users by items: sparse in the first layer, dense or sparse in the loss. */
interface Clicks {
  /** Clicks times weights `[users, h]`, for the items of a batch or all. */
  times(weights: Tensor, batch?: Minibatch): Tensor;
  loss(code: Tensor, output: Tensor, batch?: Minibatch): Tensor;
}

function clicksOf(byItem: SparseMatrix, { loss, weight }: ItemAeOptions): Clicks {
  const all = entriesOfAll(byItem);
  const times = (weights: Tensor, batch?: Minibatch) => {
    const { pattern, values } = batch ?? all;
    return spmm(pattern, values, weights);
  };
  if (loss === 'implicit-zeros') {
    return {
      times,
      loss: (code, output, batch) => {
        const { pattern, values } = batch ?? all;
        return implicitZerosLoss(pattern, values, code, output, weight);
      },
    };
  }
  const x = tensor(toDense(byItem), [byItem.rows, byItem.columns]);
  return {
    times,
    loss: (code, output, batch) => {
      const scores = matmul(code, output, { transposeB: true });
      return denseLoss(rowsOf(x, batch?.rows), scores, weight);
    },
  };
}

/** Codes `[items, h]` of the items of a batch, or of all, and the loss of reconstructing them. */
export function itemAeLoss(data: SparseMatrix, options: ItemAeOptions) {
  const { initial, weight } = options;
  const byItem = transposed(data);
  const clicks = clicksOf(byItem, options);
  const activate = activations[options.activation];
  const hiddenLayers = Object.keys(initial).filter((name) => name.startsWith('bias')).length;

  const encode = (w: ItemAeWeights, poison: Poison, batch?: Minibatch): Tensor => {
    const columns = itemsOf(poison, batch?.rows);
    const real = clicks.times(w.input, batch);
    const sums = columns ? add(real, matmul(columns, w.fakeInput)) : real;
    let code = activate(add(sums, w.inputBias));
    for (let i = 1; i <= hiddenLayers; i++) {
      const next = matmul(code, w[`weight${i}`], { transposeB: true });
      code = activate(add(next, w[`bias${i}`]));
    }
    return code;
  };
  const loss = (w: ItemAeWeights, poison: Poison, batch?: Minibatch): Tensor => {
    // Items of padding reconstruct nothing: their code, and the 1 of the bias, are masked.
    const ones = withOnes(encode(w, poison, batch));
    const code = batch ? mul(ones, batch.rows.mask) : ones;
    const real = clicks.loss(code, withBias(w.output, w.outputBias), batch);
    const columns = itemsOf(poison, batch?.rows);
    if (!columns) return real;
    const fake = withBias(w.fakeOutput, w.fakeOutputBias);
    return add(real, denseLoss(columns, matmul(code, fake, { transposeB: true }), weight));
  };
  return { byItem, encode, loss };
}

const itemsOf = ({ fakes }: Poison, rows?: MaskedRows): Tensor | undefined =>
  fakes && rowsOf(transpose(fakes), rows);

/**
 * ItemAE (Sedhain et al. 2015; Tang, Wen & Wang 2020, Figure 2b): the rows are items, the columns
 * users, and the loss is WRMF's weighted squared error of the reconstruction. Fake users are
 * columns, so the predictions depend on them directly as well as through the training.
 */
export function itemAe(
  data: SparseMatrix,
  options: ItemAeOptions,
): Recommender<ItemAeState, Batch> {
  const { optimizer, steps, initial } = options;
  const { byItem, encode, loss } = itemAeLoss(data, options);
  return {
    name: 'item-ae',
    users: data.rows,
    items: data.columns,
    steps,
    batch: options.batches && batchMaker(byItem, options.batches, 0),
    ...descent(initial, optimizer, (at, poison, batch: Batch) =>
      loss(at, poison, minibatchOf(batch)),
    ),
    factors: ({ parameters: w }, poison) => ({
      users: withBias(w.output, w.outputBias),
      items: withOnes(encode(w, poison)),
    }),
  };
}
