/** @file `wrmf-als`: weighted regularized matrix factorization by alternating least squares. */

import type { SparseMatrix } from '../../data/sparse.ts';
import { differentiableKind } from '../fit.ts';
import type { WeightedLoss } from '../model.ts';
import type { Surrogate } from '../trained-model.ts';
import { initialFactors } from '../wrmf.ts';
import { alternations, linearConfidence, stepConfidence, wrmfAls } from '../wrmf-als.ts';

export type WrmfAlsSettings = WeightedLoss & {
  /** Alternations. */
  readonly epochs: number;
  readonly regularization: number;
  readonly confidence: 'step' | 'linear';
  readonly factors: number;
  readonly deviation: number;
};

const defaults: WrmfAlsSettings = {
  epochs: 10,
  regularization: 5e-2,
  weight: 20,
  confidence: 'step',
  loss: 'implicit-zeros',
  factors: 128,
  deviation: 0.1,
};

function surrogate(
  clicks: SparseMatrix,
  fakes: number,
  settings: WrmfAlsSettings,
  seed: number,
): Surrogate {
  const { epochs, regularization: ridge, weight, loss, factors, deviation } = settings;
  const { rows: users, columns: items } = clicks;
  const confidence = settings.confidence === 'step' ? stepConfidence : linearConfidence;
  const model = wrmfAls(clicks, {
    loss,
    ridge,
    confidence: confidence(weight),
    schedule: alternations(epochs),
    initial: initialFactors({ users, fakes, items, factors }, deviation, seed),
  });
  return { model, stepsPerEpoch: 2 };
}

export const alternatingLeastSquares = differentiableKind<WrmfAlsSettings>({
  name: 'wrmf-als',
  about: 'weighted matrix factorization by alternating least squares (Hu, Koren & Volinsky 2008)',
  defaults,
  synthetic: { ...defaults, factors: 16, deviation: 1 },
  surrogate,
});
