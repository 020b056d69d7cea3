/** @file `mult-vae`: a variational autoencoder of the users' rows. */

import { adam } from '../../autodiff/index.ts';
import type { SparseMatrix } from '../../data/sparse.ts';
import { epochBatches, epochLength } from '../batches.ts';
import { differentiableKind } from '../fit.ts';
import { initialMultVae, multVae } from '../mult-vae.ts';
import type { Surrogate } from '../trained-model.ts';

export type MultVaeSettings = {
  readonly epochs: number;
  readonly batchSize: number | 'all';
  readonly learningRate: number;
  readonly weightDecay: number;
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

function surrogate(
  clicks: SparseMatrix,
  fakes: number,
  settings: MultVaeSettings,
  seed: number,
): Surrogate {
  const { epochs, learningRate, weightDecay, layers, beta, annealing } = settings;
  const users = clicks.rows + fakes;
  const { size, stepsPerEpoch } = epochLength(users, settings.batchSize);
  const model = multVae(clicks, {
    optimizer: adam({ learningRate, weightDecay }),
    batches: epochBatches(users, size, epochs, seed),
    beta,
    annealing,
    seed,
    fakes,
    initial: initialMultVae(clicks.columns, layers, seed),
  });
  return { model, stepsPerEpoch };
}

export const variationalAutoencoder = differentiableKind<MultVaeSettings>({
  name: 'mult-vae',
  about: 'variational autoencoder of users, multinomial likelihood (Liang et al. 2018)',
  defaults,
  synthetic: { ...defaults, epochs: 100, batchSize: 'all', learningRate: 0.01, layers: [64, 32] },
  surrogate,
});
