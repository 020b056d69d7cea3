/** @file `neumf`: a weighted inner product beside a multilayer perceptron of other factors. */

import {
  add,
  compile,
  type Device,
  div,
  gather,
  mul,
  reshape,
  sddmm,
  softplus,
  sum,
  type Tensor,
  tensor,
} from '../autodiff/index.ts';
import { checkedKind } from './checked.ts';
import type { ModelKind } from './kind.ts';
import {
  firstLayer,
  furtherLayers,
  loadNeumf,
  type NeumfParameters,
  type NeumfSizes,
  type NeumfTables,
  neumfModel,
  neumfScorer,
} from './neumf-scorer.ts';
import { type ClickPairs, pairItem } from './training/click-pairs.ts';
import {
  batchNorms,
  type EmbeddingModel,
  type EmbeddingSettings,
  embeddingStep,
  fitEmbeddings,
  squaredNorms,
} from './training/embeddings.ts';
import { normalTables, uniformLayers } from './training/initial.ts';
import type { Activation } from './training/layers.ts';

/** Options of the loss of NeuMF. */
export interface NeumfOptions {
  readonly activation: Activation;
  /** Weight of `batchNorms`. */
  readonly regularization: number;
  readonly negatives: number;
}

/**
 * Normal factors, and uniform weights as PyTorch's linear layers have at first. The last layer and
 * the product's weights are one layer there, so the last layer's fan in counts K inputs more.
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

/**
 * Scores of the batch's pairs, `[size, 1 + negatives]` (He et al. 2017, section 3.4). User u and
 * item i have factors p_u, q_i of the product and a_u, b_i of the perceptron:
 *
 *     score(u, i) = h · (p_u ∘ q_i) + z_L
 *     z_1 = W_1 [a_u; b_i] + c_1,   z_{l+1} = W_{l+1} φ(z_l) + c_{l+1}
 *
 * h is `shared.product` and W_l, c_l are `shared.layers`. `firstLayer` computes the two terms of
 * z_1 once for each click's user and each item of the batch, and `sddmm` the products of the pairs.
 */
function scoresOfPairs(
  { users, items, shared }: NeumfParameters,
  batch: ClickPairs,
  { activation, negatives }: NeumfOptions,
): Tensor {
  const width = 1 + negatives;
  const { product, perceptron } = users;
  const user = mul(gather(product, batch.clickUser), shared.product);
  const size = user.shape[0];
  const products = reshape(sddmm(batch.pairs, user, items.product), [size, width]);
  const [layer, ...further] = shared.layers;
  const first = firstLayer(gather(perceptron, batch.clickUser), items.perceptron, layer);
  const out = layer.bias.size;
  const pairs = add(
    reshape(first.users, [size, 1, out]),
    reshape(gather(first.items, pairItem(batch)), [size, width, out]),
  );
  const last = furtherLayers(reshape(pairs, [size * width, out]), further, activation);
  return add(products, reshape(last, [size, width]));
}

/**
 * Binary cross-entropy of clicks and negatives, mean over the pairs of a batch, plus the
 * regularization (He et al. 2017, equation 7): `softplus(-score)` of a click and `softplus(score)`
 * of a negative, neither of which overflows.
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

/** NeuMF for data of this size, with normal factors of standard deviation `deviation` at first. */
export function neumf(
  sizes: NeumfSizes,
  options: NeumfOptions & { readonly deviation: number; readonly seed: number; device: Device },
): EmbeddingModel<NeumfParameters> {
  const { activation, deviation, seed, device } = options;
  const scorer = compile(neumfScorer, { device });
  return {
    initial: initialNeumf(sizes, deviation, seed),
    loss: (rows, batch) => neumfLoss(rows, batch, options),
    trained: async (parameters) => neumfModel(await scorer(parameters), activation, device),
  };
}

/** The settings of `neumf`, which `settingDefinitions` describes. */
export type NeumfSettings = EmbeddingSettings & {
  readonly regularization: number;
  readonly factors: number;
  readonly deviation: number;
  /** Length of the perceptron's factors, then its hidden sizes. */
  readonly layers: readonly number[];
  readonly activation: Activation;
};

/** As in the published code, there is no hidden layer. */
const paper: NeumfSettings = {
  epochs: 90,
  batchSize: 512,
  learningRate: 3e-4,
  regularization: 1e-4,
  factors: 256,
  deviation: 1,
  layers: [64],
  activation: 'tanh',
  negatives: 5,
};

/**
 * Lazily updated Adam needs other settings than the paper's. Rows that few batches have stay near
 * their initial values, so these are near 0 (the published code draws them with deviation 1). The
 * loss is a mean over the pairs of a batch and the norms are a sum, so an l2 of 1e-4 would keep all
 * rows near 0.
 */
const defaults: NeumfSettings = { ...paper, epochs: 40, regularization: 6e-6, deviation: 0.1 };

/** The kind `neumf`. */
export const neumfKind = checkedKind<NeumfSettings, ModelKind<NeumfSettings>>({
  name: 'neumf',
  about: 'neural matrix factorization (He et al. 2017)',
  defaults,
  paper,
  synthetic: { ...defaults, epochs: 20, learningRate: 0.01, factors: 16, layers: [16, 16] },
  fit: (clicks, settings, options) => {
    const sizes = { ...settings, users: clicks.rows, items: clicks.columns };
    return fitEmbeddings(clicks, neumf(sizes, { ...settings, ...options }), settings, options);
  },
  trainingStep: (clicks, settings, seed) => {
    const sizes = { ...settings, users: clicks.rows, items: clicks.columns };
    const initial = initialNeumf(sizes, settings.deviation, seed);
    const loss = (rows: NeumfParameters, batch: ClickPairs) => neumfLoss(rows, batch, settings);
    return embeddingStep(clicks, { initial, loss }, settings, seed);
  },
  load: ({ rows: users, columns: items }, settings, arrays, device) =>
    loadNeumf({ ...settings, users, items }, settings.activation, arrays, device),
});
