/** @file `wrmf-als`: weighted regularized matrix factorization by alternating least squares. */

import type { SparseMatrix } from '../../data/sparse.ts';
import { loadFactorModel } from '../factor-model.ts';
import { fit } from '../fit.ts';
import { erase, type WeightedLoss } from '../model.ts';
import type { ModelKind, Surrogate } from '../trained-model.ts';
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
  return { model: erase(model), stepsPerEpoch: 2 };
}

export const alternatingLeastSquares: ModelKind<WrmfAlsSettings> & {
  surrogate: typeof surrogate;
} = {
  name: 'wrmf-als',
  about: 'weighted matrix factorization by alternating least squares (Hu, Koren & Volinsky 2008)',
  defaults,
  synthetic: { ...defaults, factors: 16, deviation: 1 },
  surrogate,
  fit: (clicks, settings, options) => fit(surrogate(clicks, 0, settings, options.seed), options),
  load: ({ rows: users, columns: items }, _settings, arrays, device) =>
    loadFactorModel({ users, items }, arrays, device),
};
