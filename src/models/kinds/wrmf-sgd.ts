/** @file `wrmf-sgd`: weighted regularized matrix factorization by minibatches. */

import { adam } from '../../autodiff/index.ts';
import type { SparseMatrix } from '../../data/sparse.ts';
import { epochBatches, epochLength } from '../batches.ts';
import { differentiableKind } from '../fit.ts';
import type { WeightedLoss } from '../model.ts';
import type { Surrogate } from '../trained-model.ts';
import { initialFactors, wrmf } from '../wrmf.ts';

export type WrmfSgdSettings = WeightedLoss & {
  readonly epochs: number;
  readonly batchSize: number | 'all';
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly factors: number;
  readonly deviation: number;
};

const defaults: WrmfSgdSettings = {
  epochs: 50,
  batchSize: 2048,
  learningRate: 1e-2,
  weightDecay: 1e-5,
  weight: 20,
  loss: 'implicit-zeros',
  factors: 128,
  deviation: 0.1,
};

function surrogate(
  clicks: SparseMatrix,
  fakes: number,
  settings: WrmfSgdSettings,
  seed: number,
): Surrogate {
  const { epochs, learningRate, weightDecay, weight, loss, factors, deviation } = settings;
  const { rows: users, columns: items } = clicks;
  const { size, stepsPerEpoch } = epochLength(users + fakes, settings.batchSize);
  const model = wrmf(clicks, {
    weight,
    loss,
    optimizer: adam({ learningRate, weightDecay }),
    steps: epochs * stepsPerEpoch,
    batches: stepsPerEpoch === 1 ? undefined : epochBatches(users + fakes, size, epochs, seed),
    initial: initialFactors({ users, fakes, items, factors }, deviation, seed),
  });
  return { model, stepsPerEpoch };
}

export const wrmfSgd = differentiableKind<WrmfSgdSettings>({
  name: 'wrmf-sgd',
  about: 'weighted matrix factorization by Adam (Hu, Koren & Volinsky 2008)',
  defaults,
  synthetic: {
    ...defaults,
    epochs: 100,
    batchSize: 'all',
    learningRate: 0.5,
    weightDecay: 0,
    factors: 16,
    deviation: 1,
  },
  surrogate,
});
