/** @file `mult-vae`: a variational autoencoder of users with a multinomial likelihood. */

import {
  adam,
  add,
  concat,
  div,
  exp,
  full,
  greater,
  linear,
  logSumExp,
  matmul,
  mul,
  type Optimizer,
  slice,
  spmm,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  where,
} from '../autodiff/index.ts';
import { random } from '../data/random.ts';
import type { SparseMatrix } from '../data/sparse.ts';
import type { Poison, Recommender } from './recommender.ts';
import {
  allEntries,
  type Entries,
  type Minibatch,
  minibatches,
  minibatchMaker,
  selectRows,
} from './training/batches.ts';
import { type Candidates, candidateRows, candidatesAmong } from './training/candidates.ts';
import { type DescentSettings, type DescentState, descent } from './training/descent.ts';
import { differentiableKind } from './training/fit.ts';
import { uniformLayers } from './training/initial.ts';
import { column, type Layer, withBias, withOnes } from './training/layers.ts';

/**
 * Layers in their order, with tanh between them. The encoder's first layer multiplies clicks, so
 * its weight is `[items, out]`. Its last gives the mean of the code, then the log-variance.
 */
export type MultVaeWeights = {
  readonly encoder: readonly Layer[];
  readonly decoder: readonly Layer[];
};

/** The state of a training. */
export type MultVaeState = DescentState<MultVaeWeights>;

/** The users of a step, and what else changes from step to step. */
export type MultVaeBatch = Minibatch & {
  /** Normal draws `[users, code]`, of real users first, then of fake ones. */
  readonly noise: Tensor;
  /** The weight of the KL divergence, a scalar. */
  readonly beta: Tensor;
};

/** Options of `multVae`. */
export interface MultVaeOptions {
  readonly optimizer: Optimizer;
  /** Users of each step: numbers from `data.rows` on are fake users. */
  readonly batches: readonly Int32Array[];
  /** The weight of the KL divergence in step `s`, from 0, is min(`beta`, (s + 1) `annealing`). */
  readonly beta: number;
  readonly annealing: number;
  /** Seeds the noise. */
  readonly seed: number;
  readonly fakes: number;
  readonly initial: MultVaeWeights;
  /** The items, ascending, that fake users may click; default all. */
  readonly candidates?: Int32Array;
}

/**
 * Uniform weights as PyTorch's linear layers have at first. `layers` are the sizes of the encoder's
 * hidden layers and, last, of the code (512, 256 in the paper). The decoder mirrors them.
 */
export function initialMultVae(
  items: number,
  layers: readonly number[],
  seed: number,
): MultVaeWeights {
  const draw = uniformLayers(seed);
  const layer = (name: string, from: number, to: number, shape = [to, from]): Layer => ({
    weight: draw(`${name} weight`, shape, from),
    bias: draw(`${name} bias`, [to], from),
  });
  const stack = (name: string, [from, ...sizes]: readonly number[]): Layer[] =>
    sizes.map((to, i) => layer(`${name} ${i}`, sizes[i - 1] ?? from, to));
  const hidden = layers.slice(0, -1);
  const code = layers[layers.length - 1];
  const sizes = [...hidden, 2 * code];
  return {
    encoder: [layer('input', items, sizes[0], [items, sizes[0]]), ...stack('encoder', sizes)],
    decoder: stack('decoder', [code, ...hidden.reverse(), items]),
  };
}

/** The product of some users' clicks `[users, items]` with a matrix of `items` rows. */
type Clicks = (dense: Tensor) => Tensor;

const userClicks =
  ({ pattern, values }: Entries, fakes?: Tensor, candidates?: Candidates): Clicks =>
  (dense) => {
    const real = spmm(pattern, values, dense);
    return fakes ? concat(real, matmul(fakes, candidateRows(dense, candidates)), 0) : real;
  };

/** Mean and log-variance of the users' codes, each `[users, code]`. */
function encode([first, ...rest]: readonly Layer[], clicks: Clicks) {
  const sums = add(clicks(first.weight), first.bias);
  const both = rest.reduce((x, { weight, bias }) => linear(tanh(x), weight, bias), sums);
  const [users, size] = both.shape;
  const half = (start: number) => slice(both, [0, start], [users, size / 2]);
  return { mean: half(0), logVariance: half(size / 2) };
}

/** The input `[users, h]` of the decoder's last layer, which makes the logits. */
const decodeHidden = (decoder: readonly Layer[], code: Tensor): Tensor =>
  decoder.slice(0, -1).reduce((x, { weight, bias }) => tanh(linear(x, weight, bias)), code);

/**
 * The cross-entropy of each user's clicks x, divided by their number, `[users, 1]`:
 * log sum exp(logits) - sum(x logits) / sum(x), and 0 for a user without clicks. The second sum
 * computes the logits of the clicks alone.
 */
function reconstruction(clicks: Clicks, hidden: Tensor, { weight, bias }: Layer): Tensor {
  const count = clicks(full([weight.shape[0], 1], 1));
  const some = greater(count, 0);
  const clicked = add(
    sum(mul(hidden, clicks(weight)), -1, { keepDims: true }),
    clicks(column(bias)),
  );
  const normalizer = logSumExp(linear(hidden, weight, bias));
  return where(some, sub(normalizer, div(clicked, where(some, count, 1))), 0);
}

/** The KL divergence of each user's code from the standard normal distribution, `[users, 1]`. */
function divergence(mean: Tensor, logVariance: Tensor): Tensor {
  const cells = sub(add(square(mean), exp(logVariance)), add(logVariance, 1));
  return mul(0.5, sum(cells, -1, { keepDims: true }));
}

/** The negative of the annealed lower bound (Liang et al. 2018, equation 5), mean over the batch. */
export function multVaeLoss(
  { encoder, decoder }: MultVaeWeights,
  { fakes }: Poison,
  batch: MultVaeBatch,
  candidates?: Candidates,
): Tensor {
  const clicks = userClicks(batch, fakes && selectRows(fakes, batch.fakes), candidates);
  const { mean, logVariance } = encode(encoder, clicks);
  const code = add(mean, mul(exp(mul(0.5, logVariance)), batch.noise));
  const hidden = decodeHidden(decoder, code);
  const cost = reconstruction(clicks, hidden, decoder[decoder.length - 1]);
  const each = add(cost, mul(batch.beta, divergence(mean, logVariance)));
  const real = batch.rows.mask;
  const mask = batch.fakes ? concat(real, batch.fakes.mask, 0) : real;
  return div(sum(mul(mask, each)), sum(mask));
}

/** Makes the batch of a step, for codes of length `code`. */
function batchMaker(data: SparseMatrix, options: MultVaeOptions, code: number) {
  const minibatch = minibatchMaker(data, options.batches, options.fakes);
  return (step: number): MultVaeBatch => {
    const users = minibatch(step);
    const rows = users.rows.mask.size + (users.fakes?.mask.size ?? 0);
    const { normal } = random(options.seed).fork(`noise ${step}`);
    const beta = Math.min(options.beta, (step + 1) * options.annealing);
    return {
      ...users,
      noise: tensor(Float64Array.from({ length: rows * code }, normal), [rows, code]),
      beta: tensor([beta], []),
    };
  };
}

/**
 * Mult-VAE (Liang et al. 2018; Tang, Wen & Wang 2020, section 4.1). The encoder maps a user's
 * clicks, without normalisation and dropout, to a normal distribution of codes. The decoder maps a
 * drawn code to the logits of a multinomial distribution of clicks. Scores are the logits of the
 * mean code.
 */
export function multVae(
  data: SparseMatrix,
  options: MultVaeOptions,
): Recommender<MultVaeState, MultVaeBatch> {
  const { optimizer, batches, initial } = options;
  const all = allEntries(data);
  const candidates = candidatesAmong(options.candidates, data.columns);
  return {
    name: 'mult-vae',
    users: data.rows,
    items: data.columns,
    candidates: options.candidates,
    steps: batches.length,
    batch: batchMaker(data, options, initial.decoder[0].weight.shape[1]),
    ...descent(initial, optimizer, (weights, poison, batch: MultVaeBatch) =>
      multVaeLoss(weights, poison, batch, candidates),
    ),
    factors: ({ parameters: { encoder, decoder } }) => {
      const { mean } = encode(encoder, userClicks(all));
      const { weight, bias } = decoder[decoder.length - 1];
      return {
        users: withOnes(decodeHidden(decoder, mean)),
        items: withBias(weight, bias),
      };
    },
  };
}

/** The settings of `mult-vae`, which `settingDefinitions` describes. */
export type MultVaeSettings = DescentSettings & {
  readonly layers: readonly number[];
  readonly beta: number;
  readonly annealing: number;
};

const defaults: MultVaeSettings = {
  epochs: 70,
  batchSize: 1024,
  learningRate: 1e-3,
  weightDecay: 1e-6,
  layers: [512, 256],
  beta: 1,
  annealing: 1e-4,
};

/** The kind `mult-vae`. */
export const multVaeKind = differentiableKind<MultVaeSettings>({
  name: 'mult-vae',
  about: 'variational autoencoder of users, multinomial likelihood (Liang et al. 2018)',
  defaults,
  synthetic: { ...defaults, epochs: 100, batchSize: 'all', learningRate: 0.01, layers: [64, 32] },
  width: ({ layers }) => layers[0] + 1,
  differentiable: (clicks, fakes, settings, seed, candidates) => {
    const { learningRate, weightDecay, layers, beta, annealing } = settings;
    const { stepsPerEpoch, batches } = minibatches(clicks.rows + fakes, settings, seed);
    const model = multVae(clicks, {
      optimizer: adam({ learningRate, weightDecay }),
      batches,
      beta,
      annealing,
      seed,
      fakes,
      initial: initialMultVae(clicks.columns, layers, seed),
      candidates,
    });
    return { ...model, stepsPerEpoch };
  },
});
