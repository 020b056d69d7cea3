/** @file `cml`: collaborative metric learning by sampled negatives. */

import { cml } from '../cml.ts';
import { type EmbeddingSettings, fitEmbeddings } from '../embedding-training.ts';
import { loadFactorModel } from '../factor-model.ts';
import type { ModelKind } from '../trained-model.ts';

export type CmlSettings = EmbeddingSettings & {
  readonly regularization: number;
  readonly factors: number;
  readonly deviation: number;
  readonly margin: number;
};

const defaults: CmlSettings = {
  epochs: 100,
  batchSize: 512,
  learningRate: 1e-3,
  regularization: 1e-4,
  factors: 256,
  deviation: 1,
  negatives: 10,
  margin: 10,
};

export const collaborativeMetricLearning: ModelKind<CmlSettings> = {
  name: 'cml',
  about: 'collaborative metric learning (Hsieh et al. 2017)',
  defaults,
  synthetic: { ...defaults, epochs: 20, learningRate: 0.01, factors: 16 },
  fit: (clicks, settings, options) => {
    const counts = { users: clicks.rows, items: clicks.columns, factors: settings.factors };
    return fitEmbeddings(clicks, cml(counts, { ...settings, ...options }), settings, options);
  },
  load: ({ rows: users, columns: items }, _settings, arrays, device) =>
    loadFactorModel({ users, items }, arrays, device),
};
