/** @file `item-ae`: an autoencoder of the items' columns. */

import { adam } from '../../autodiff/index.ts';
import type { SparseMatrix } from '../../data/sparse.ts';
import { epochBatches, epochLength } from '../batches.ts';
import { differentiableKind } from '../fit.ts';
import { type Activation, initialWeights, itemAe } from '../item-ae.ts';
import type { WeightedLoss } from '../model.ts';
import type { Surrogate } from '../trained-model.ts';

export type ItemAeSettings = WeightedLoss & {
  readonly epochs: number;
  readonly batchSize: number | 'all';
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly layers: readonly number[];
  readonly activation: Activation;
};

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

function surrogate(
  clicks: SparseMatrix,
  fakes: number,
  settings: ItemAeSettings,
  seed: number,
): Surrogate {
  const { epochs, learningRate, weightDecay, weight, loss, layers, activation } = settings;
  const { rows: users, columns: items } = clicks;
  const { size, stepsPerEpoch } = epochLength(items, settings.batchSize);
  const model = itemAe(clicks, {
    weight,
    loss,
    activation,
    optimizer: adam({ learningRate, weightDecay }),
    steps: epochs * stepsPerEpoch,
    batches: stepsPerEpoch === 1 ? undefined : epochBatches(items, size, epochs, seed),
    initial: initialWeights({ users, fakes }, layers, seed),
  });
  return { model, stepsPerEpoch };
}

export const itemAutoencoder = differentiableKind<ItemAeSettings>({
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
  surrogate,
});
