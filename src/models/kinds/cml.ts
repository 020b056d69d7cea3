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
 * What lazily updated Adam needs: rows that are seldom touched stay near where they start, so they
 * start near 0 (the published code draws them with deviation 1), and with steps three times as
 * long 20 epochs do for the paper's 100.
 */
const defaults: CmlSettings = { ...paper, epochs: 20, learningRate: 3e-3, deviation: 0.1 };

export const collaborativeMetricLearning: ModelKind<CmlSettings> = {
  name: 'cml',
  about: 'collaborative metric learning (Hsieh et al. 2017)',
  defaults,
  paper,
  synthetic: { ...defaults, learningRate: 0.01, factors: 16 },
  fit: (clicks, settings, options) => {
    const counts = { users: clicks.rows, items: clicks.columns, factors: settings.factors };
    return fitEmbeddings(clicks, cml(counts, { ...settings, ...options }), settings, options);
  },
  load: loadFactorModel,
};
