/** @file The recommenders by name, with the paper's settings as defaults. */

import { adam, type Tree } from '../autodiff/index.ts';
import type { SparseMatrix } from '../data/sparse.ts';
import { UserError } from '../errors.ts';
import { epochBatches } from './batches.ts';
import { type Activation, initialWeights, itemAe } from './item-ae.ts';
import type { Recommender, WeightedLoss } from './model.ts';
import { initialFactors, wrmf } from './wrmf.ts';

/** What one can set about a recommender; a model ignores what it has no use for. */
export interface ModelSettings extends WeightedLoss {
  readonly epochs: number;
  /** Rows of a minibatch (users of WRMF, items of ItemAE), or `all`. */
  readonly batchSize: number | 'all';
  readonly learningRate: number;
  readonly weightDecay: number;
  /** WRMF: factors K, drawn from a normal distribution with this standard deviation. */
  readonly factors: number;
  readonly deviation: number;
  /** ItemAE: hidden sizes and what follows each. */
  readonly layers: readonly number[];
  readonly activation: Activation;
}

/** The settings of Tang, Wen & Wang 2020 for Gowalla. */
export const modelDefaults = {
  'wrmf-sgd': {
    epochs: 50,
    batchSize: 2048,
    learningRate: 1e-2,
    weightDecay: 1e-5,
    weight: 20,
    loss: 'implicit-zeros',
    factors: 128,
    deviation: 0.1,
    layers: [],
    activation: 'tanh',
  },
  'item-ae': {
    epochs: 50,
    batchSize: 2048,
    learningRate: 1e-3,
    weightDecay: 1e-6,
    weight: 20,
    loss: 'implicit-zeros',
    factors: 0,
    deviation: 0,
    layers: [256, 128, 256],
    activation: 'tanh',
  },
} as const satisfies Record<string, ModelSettings>;

export type ModelName = keyof typeof modelDefaults;

export const modelNames = Object.keys(modelDefaults) as ModelName[];

/** The settings of the paper's synthetic experiment (full batch, 100 steps). */
export const syntheticDefaults: Record<ModelName, ModelSettings> = {
  'wrmf-sgd': {
    ...modelDefaults['wrmf-sgd'],
    epochs: 100,
    batchSize: 'all',
    learningRate: 0.5,
    weightDecay: 0,
    factors: 16,
    deviation: 1,
  },
  'item-ae': {
    ...modelDefaults['item-ae'],
    epochs: 100,
    batchSize: 'all',
    learningRate: 0.01,
    weightDecay: 0,
    layers: [64, 32, 64],
    activation: 'selu',
  },
};

/** Throws a UserError that names the models there are. */
export function expectModel(name: string): ModelName {
  if ((modelNames as string[]).includes(name)) return name as ModelName;
  throw new UserError(`model ${name} is not known; there are ${modelNames.join(', ')}`);
}

/** A recommender with the number of steps that make an epoch. */
export interface BuiltModel {
  readonly model: Recommender;
  readonly stepsPerEpoch: number;
}

/** Builds a recommender for real users' clicks and a number of fake users, seeded. */
export function buildModel(
  name: ModelName,
  train: SparseMatrix,
  fakes: number,
  settings: ModelSettings,
  seed: number,
): BuiltModel {
  const { epochs, learningRate, weightDecay, weight, loss } = settings;
  const users = train.rows;
  const items = train.columns;
  const rows = name === 'item-ae' ? items : users + fakes;
  const batchSize = settings.batchSize === 'all' ? rows : Math.min(settings.batchSize, rows);
  const stepsPerEpoch = Math.ceil(rows / batchSize);
  const training = {
    weight,
    loss,
    optimizer: adam({ learningRate, weightDecay }),
    steps: epochs * stepsPerEpoch,
    batches: stepsPerEpoch === 1 ? undefined : epochBatches(rows, batchSize, epochs, seed),
  };
  if (name === 'item-ae') {
    const { activation } = settings;
    const initial = initialWeights({ users, fakes }, settings.layers, seed);
    return { model: erase(itemAe(train, { ...training, activation, initial })), stepsPerEpoch };
  }
  const counts = { users, fakes, items, factors: settings.factors };
  const initial = initialFactors(counts, settings.deviation, seed);
  return { model: erase(wrmf(train, { ...training, initial })), stepsPerEpoch };
}

/** Forgets the type of the state, which only the recommender itself looks into. */
export const erase = <S extends Tree>(model: Recommender<S>): Recommender =>
  model as unknown as Recommender;
