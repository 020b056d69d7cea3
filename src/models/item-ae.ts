/** @file `item-ae`: an autoencoder of items, whose input is each item's column of clicks. */

import {
  adam,
  add,
  matmul,
  mul,
  type Optimizer,
  spmm,
  type Tensor,
  tensor,
  transpose,
} from '../autodiff/index.ts';
import { type SparseMatrix, toDense, transposed } from '../data/sparse.ts';
import { denseLoss, implicitZerosLoss, type WeightedLoss } from './losses/weighted-loss.ts';
import type { Poison, Recommender } from './recommender.ts';
import {
  allEntries,
  type Batch,
  type MaskedRows,
  type Minibatch,
  minibatches,
  minibatchMaker,
  minibatchOf,
  selectRows,
} from './training/batches.ts';
import { type Candidates, candidatesAmong } from './training/candidates.ts';
import { type DescentSettings, type DescentState, descent } from './training/descent.ts';
import { differentiableKind } from './training/fit.ts';
import { uniformLayers } from './training/initial.ts';
import { type Activation, activations, withBias, withOnes } from './training/layers.ts';

/** Options of `itemAe`. */
export interface ItemAeOptions extends WeightedLoss {
  /** After every layer but the last, which is linear. */
  readonly activation: Activation;
  readonly optimizer: Optimizer;
  readonly steps: number;
  /** Items of each step. By default each step reads all. */
  readonly batches?: readonly Int32Array[];
  readonly initial: ItemAeWeights;
  /** The items, ascending, that fake users may click; default all. */
  readonly candidates?: Int32Array;
}

/**
 * `input` `[users, h]` and `output` `[users, h]` with `outputBias` `[users]`; with fake users their
 * counterparts `fakeInput`, `fakeOutput` and `fakeOutputBias`; `inputBias` `[h]`; and for the
 * layers between `weight1` `[out, in]`, `bias1` `[out]` and so on.
 */
export type ItemAeWeights = { readonly [name: string]: Tensor };

/** The state of a training. */
export type ItemAeState = DescentState<ItemAeWeights>;

/**
 * Uniform weights as PyTorch's linear layers have at first, for the hidden sizes `layers` (64, 32,
 * 64 in the paper's synthetic experiment).
 */
export function initialItemAe(
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

/** The clicks of real users by item: sparse in the first layer, dense or sparse in the loss. */
interface ItemClicks {
  /** Clicks times weights `[users, h]`, for the items of a batch or all. */
  times(weights: Tensor, batch?: Minibatch): Tensor;
  loss(code: Tensor, output: Tensor, batch?: Minibatch): Tensor;
}

function itemClicks(byItem: SparseMatrix, { loss, weight }: WeightedLoss): ItemClicks {
  const all = allEntries(byItem);
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
      return denseLoss(selectRows(x, batch?.rows), scores, weight);
    },
  };
}

/** The fake users' clicks `[items, fake users]` on the items of a batch, or all. */
const fakeColumns = ({ fakes }: Poison, rows?: MaskedRows): Tensor | undefined =>
  fakes && selectRows(transpose(fakes), rows);

/** All items as rows of a table of candidates. */
const allItems = (candidates: Candidates, items: number): MaskedRows =>
  candidates.rowsOf(
    Int32Array.from({ length: items }, (_, item) => item),
    items,
  );

/** The codes `[items, h]` of the items of a batch, or all, and the loss of reconstructing them. */
export function itemAeLoss(
  data: SparseMatrix,
  options: Omit<ItemAeOptions, 'optimizer' | 'steps'>,
) {
  const { initial, weight } = options;
  const byItem = transposed(data);
  const clicks = itemClicks(byItem, options);
  const activate = activations[options.activation];
  const candidates = candidatesAmong(options.candidates, data.columns);
  const every = candidates && allItems(candidates, data.columns);
  const hiddenLayers = Object.keys(initial).filter((name) => name.startsWith('bias')).length;

  const columnsOf = (poison: Poison, batch?: Minibatch) =>
    fakeColumns(poison, candidates ? (batch?.fakes ?? every) : batch?.rows);
  /** The fake users' part of the first layer, of items that are no candidates 0. */
  const fakeSums = (w: ItemAeWeights, poison: Poison, batch?: Minibatch): Tensor | undefined => {
    const columns = every && !batch ? fakeColumns(poison) : columnsOf(poison, batch);
    if (!columns) return undefined;
    const sums = matmul(columns, w.fakeInput);
    return batch ? sums : selectRows(sums, every);
  };
  const encode = (w: ItemAeWeights, poison: Poison, batch?: Minibatch): Tensor => {
    const real = clicks.times(w.input, batch);
    const fake = fakeSums(w, poison, batch);
    const sums = fake ? add(real, fake) : real;
    let code = activate(add(sums, w.inputBias));
    for (let i = 1; i <= hiddenLayers; i++) {
      const next = matmul(code, w[`weight${i}`], { transposeB: true });
      code = activate(add(next, w[`bias${i}`]));
    }
    return code;
  };
  const loss = (w: ItemAeWeights, poison: Poison, batch?: Minibatch): Tensor => {
    // The mask clears the code of padding and the 1 of its bias, so that it reconstructs nothing.
    const ones = withOnes(encode(w, poison, batch));
    const code = batch ? mul(ones, batch.rows.mask) : ones;
    const real = clicks.loss(code, withBias(w.output, w.outputBias), batch);
    const columns = columnsOf(poison, batch);
    if (!columns) return real;
    const fake = withBias(w.fakeOutput, w.fakeOutputBias);
    return add(real, denseLoss(columns, matmul(code, fake, { transposeB: true }), weight));
  };
  return { byItem, encode, loss, candidates };
}

/**
 * ItemAE (Sedhain et al. 2015; Tang, Wen & Wang 2020, Figure 2b): rows are items, columns are
 * users, and the loss is WRMF's weighted squared error of the reconstruction. Fake users are
 * columns, so the scores depend on them directly as well as through the training.
 */
export function itemAe(
  data: SparseMatrix,
  options: ItemAeOptions,
): Recommender<ItemAeState, Batch> {
  const { optimizer, steps, batches, initial } = options;
  const { byItem, encode, loss, candidates } = itemAeLoss(data, options);
  const minibatch = batches && minibatchMaker(byItem, batches, 0);
  return {
    name: 'item-ae',
    users: data.rows,
    items: data.columns,
    candidates: options.candidates,
    steps,
    batch:
      minibatch &&
      ((step) => {
        const batch = minibatch(step);
        if (!candidates) return batch;
        return { ...batch, fakes: candidates.rowsOf(batches[step], batch.rows.mask.size) };
      }),
    ...descent(initial, optimizer, (weights, poison, batch: Batch) =>
      loss(weights, poison, minibatchOf(batch)),
    ),
    factors: ({ parameters: w }, poison) => ({
      users: withBias(w.output, w.outputBias),
      items: withOnes(encode(w, poison)),
    }),
    fakeFactors: ({ parameters: w }) => withBias(w.fakeOutput, w.fakeOutputBias),
  };
}

/** The settings of `item-ae`, which `settingDefinitions` describes. */
export type ItemAeSettings = DescentSettings &
  WeightedLoss & { readonly layers: readonly number[]; readonly activation: Activation };

const defaults: ItemAeSettings = {
  epochs: 50,
  batchSize: 2048,
  learningRate: 1e-3,
  weightDecay: 1e-6,
  weight: 20,
  loss: 'implicit-zeros',
  layers: [256, 128, 256],
  activation: 'tanh',
};

/** The kind `item-ae`. */
export const itemAeKind = differentiableKind<ItemAeSettings>({
  name: 'item-ae',
  about: 'autoencoder of items (Sedhain et al. 2015)',
  defaults,
  synthetic: {
    ...defaults,
    epochs: 100,
    batchSize: 'all',
    learningRate: 0.01,
    weightDecay: 0,
    layers: [64, 32, 64],
    activation: 'selu',
  },
  width: ({ layers }) => layers[layers.length - 1] + 1,
  differentiable: (clicks, fakes, settings, seed, candidates) => {
    const { learningRate, weightDecay, weight, loss, layers, activation } = settings;
    const { stepsPerEpoch, steps, batches } = minibatches(clicks.columns, settings, seed);
    const model = itemAe(clicks, {
      weight,
      loss,
      activation,
      optimizer: adam({ learningRate, weightDecay }),
      steps,
      batches: stepsPerEpoch === 1 ? undefined : batches,
      initial: initialItemAe({ users: clicks.rows, fakes }, layers, seed),
      candidates,
    });
    return { ...model, stepsPerEpoch };
  },
});
