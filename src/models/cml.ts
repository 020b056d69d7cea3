/** @file `cml`: collaborative metric learning, where a user is nearer to clicked items than to others. */

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
import { checkedKind } from './checked.ts';
import { factorModel, loadFactorModel } from './factor-model.ts';
import type { ModelKind } from './kind.ts';
import type { Factors } from './recommender.ts';
import { type ClickPairs, pairItem } from './training/click-pairs.ts';
import {
  batchNorms,
  type EmbeddingModel,
  type EmbeddingSettings,
  embeddingStep,
  fitEmbeddings,
  squaredNorms,
} from './training/embeddings.ts';
import { normalTables } from './training/initial.ts';

/** Positions `[users, K]` and `[items, K]`. */
export type CmlParameters = {
  readonly users: { readonly position: Tensor };
  readonly items: { readonly position: Tensor };
  readonly shared: Record<string, never>;
};

type Positions = Pick<CmlParameters, 'users' | 'items'>;

/** Options of the loss of CML. */
export interface CmlOptions {
  readonly margin: number;
  /** Weight of `batchNorms`. */
  readonly regularization: number;
  readonly negatives: number;
}

/** Squared norms of users and items, `[rows, 1]`, computed once for all their readers. */
const normsOf = ({ users, items }: Positions) => ({
  users: squaredNorms(users.position),
  items: squaredNorms(items.position),
});

/** Squared distances |p|² + |q|² - 2 p q of the batch's pairs, `[size, 1 + negatives]`. */
function distances(
  { users, items }: CmlParameters,
  norms: ReturnType<typeof normsOf>,
  batch: ClickPairs,
  width: number,
): Tensor {
  const user = gather(users.position, batch.clickUser);
  const byClick = (x: Tensor) => reshape(x, [user.shape[0], width]);
  const products = byClick(sddmm(batch.pairs, user, items.position));
  const [userNorms, itemNorms] = [
    gather(norms.users, batch.clickUser),
    byClick(gather(norms.items, pairItem(batch))),
  ];
  return sub(add(userNorms, itemNorms), mul(2, products));
}

/**
 * The hinge loss of the hardest negative, mean over the clicks of a batch, plus the regularization:
 * max(0, d² of the clicked item - d² of the nearest negative + margin) (Hsieh et al. 2017, equation
 * 1, as Tang, Wen & Wang 2020 use it: without weights by rank, and with norms in the loss in place
 * of the unit ball).
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

/** Factors whose inner product is minus the squared distance, `2 p q - |p|² - |q|²`. */
export const cmlFactors = (positions: Positions): Factors => {
  const ones = (x: Tensor) => full([x.shape[0], 1], 1);
  const [p, q] = [positions.users.position, positions.items.position];
  const norms = normsOf(positions);
  return {
    users: concat(mul(2, p), concat(neg(norms.users), ones(p), 1), 1),
    items: concat(q, concat(ones(q), neg(norms.items), 1), 1),
  };
};

interface CmlSizes {
  readonly users: number;
  readonly items: number;
  readonly factors: number;
}

function initialCml({ users, items, factors }: CmlSizes, deviation: number, seed: number) {
  const draw = normalTables(deviation, seed);
  return {
    users: { position: draw('users', users, factors) },
    items: { position: draw('items', items, factors) },
    shared: {},
  };
}

/** CML for data of this size, with normal positions of standard deviation `deviation` at first. */
export function cml(
  counts: CmlSizes,
  options: CmlOptions & { readonly deviation: number; readonly seed: number; device: Device },
): EmbeddingModel<CmlParameters> {
  const { deviation, seed, device } = options;
  const factors = compile(cmlFactors, { device });
  return {
    initial: initialCml(counts, deviation, seed),
    loss: (rows, batch) => cmlLoss(rows, batch, options),
    trained: async ({ users, items }) => factorModel(await factors({ users, items }), device),
  };
}

/** The settings of `cml`, which `settingDefinitions` describes. */
export type CmlSettings = EmbeddingSettings & {
  readonly regularization: number;
  readonly factors: number;
  readonly deviation: number;
  readonly margin: number;
};

const paper: CmlSettings = {
  epochs: 100,
  batchSize: 512,
  learningRate: 1e-3,
  regularization: 1e-4,
  factors: 256,
  deviation: 1,
  negatives: 10,
  margin: 10,
};

/**
 * Lazily updated Adam needs other settings than the paper's. Rows that few batches have stay near
 * their initial values, so these are near 0 (the published code draws them with deviation 1). With
 * a learning rate three times the paper's, 20 epochs suffice in place of 100.
 */
const defaults: CmlSettings = { ...paper, epochs: 20, learningRate: 3e-3, deviation: 0.1 };

/** The kind `cml`. */
export const cmlKind = checkedKind<CmlSettings, ModelKind<CmlSettings>>({
  name: 'cml',
  about: 'collaborative metric learning (Hsieh et al. 2017)',
  defaults,
  paper,
  synthetic: { ...defaults, learningRate: 0.01, factors: 16 },
  fit: (clicks, settings, options) => {
    const counts = { users: clicks.rows, items: clicks.columns, factors: settings.factors };
    return fitEmbeddings(clicks, cml(counts, { ...settings, ...options }), settings, options);
  },
  trainingStep: (clicks, settings, seed) => {
    const counts = { users: clicks.rows, items: clicks.columns, factors: settings.factors };
    const initial = initialCml(counts, settings.deviation, seed);
    const loss = (rows: CmlParameters, batch: ClickPairs) => cmlLoss(rows, batch, settings);
    return embeddingStep(clicks, { initial, loss }, settings, seed);
  },
  // The factors are a position and two columns of norms.
  load: loadFactorModel(({ factors }) => factors + 2),
});
