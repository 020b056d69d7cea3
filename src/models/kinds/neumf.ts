/** @file `neumf`: neural matrix factorization by sampled negatives. */

import { compile } from '../../autodiff/index.ts';
import { type EmbeddingSettings, fitEmbeddings } from '../embedding-training.ts';
import type { Activation } from '../item-ae.ts';
import { initialNeumf, type NeumfParameters, neumfLoss } from '../neumf.ts';
import { loadNeumf, neumfModel, neumfScorer } from '../neumf-model.ts';
import type { ModelKind } from '../trained-model.ts';

export type NeumfSettings = EmbeddingSettings & {
  readonly regularization: number;
  readonly factors: number;
  readonly deviation: number;
  /** Length of the perceptron's factors, then its hidden sizes. */
  readonly layers: readonly number[];
  readonly activation: Activation;
};

/** As in the published code there is no hidden layer. */
const paper: NeumfSettings = {
  epochs: 90,
  batchSize: 512,
  learningRate: 3e-4,
  regularization: 1e-4,
  factors: 256,
  deviation: 1,
  layers: [64],
  activation: 'tanh',
  negatives: 5,
};

/**
 * What lazily updated Adam needs: rows that are seldom touched stay near where they start, so they
 * start near 0 (the published code draws them with deviation 1), and an l2 of 1e-4 would hold all
 * of them there, the loss being a mean over the pairs of a batch and the norms a sum.
 */
const defaults: NeumfSettings = { ...paper, epochs: 40, regularization: 6e-6, deviation: 0.1 };

export const neuralMatrixFactorization: ModelKind<NeumfSettings> = {
  name: 'neumf',
  about: 'neural matrix factorization (He et al. 2017)',
  defaults,
  paper,
  synthetic: { ...defaults, epochs: 20, learningRate: 0.01, factors: 16, layers: [16, 16] },
  fit: (clicks, settings, options) => {
    const sizes = { ...settings, users: clicks.rows, items: clicks.columns };
    const scorer = compile(neumfScorer, options);
    const model = {
      initial: initialNeumf(sizes, settings.deviation, options.seed),
      loss: (rows: NeumfParameters, batch: Parameters<typeof neumfLoss>[1]) =>
        neumfLoss(rows, batch, settings),
      trained: async (parameters: NeumfParameters) =>
        neumfModel(await scorer(parameters), settings.activation, options.device),
    };
    return fitEmbeddings(clicks, model, settings, options);
  },
  load: ({ rows: users, columns: items }, settings, arrays, device) =>
    loadNeumf({ ...settings, users, items }, settings.activation, arrays, device),
};
