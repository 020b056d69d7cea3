/** @file Every setting of every recommender: command-line options and documentation come from here. */

export type SettingValue = number | string | readonly number[];

/** Values of the settings that a kind of recommender has. */
export type Settings = { readonly [name: string]: SettingValue };

export interface SettingDefinition {
  readonly about: string;
  /** A whole number from 1, a number from 0, sizes of layers, rows of a batch, or one of these words. */
  readonly type: 'count' | 'number' | 'sizes' | 'batch' | readonly string[];
}

export const settingDefinitions = {
  epochs: { about: 'passes over the data; alternations of wrmf-als', type: 'count' },
  batchSize: {
    about: 'rows of a step: users, items of item-ae, clicks of neumf, cml',
    type: 'batch',
  },
  learningRate: { about: "Adam's step size", type: 'number' },
  weightDecay: { about: 'added to the gradient times the parameter', type: 'number' },
  regularization: {
    about: 'l2: of all factors (wrmf-als) or of those in the batch',
    type: 'number',
  },
  weight: { about: 'weight of an observed entry; all others have 1', type: 'number' },
  confidence: { about: 'weight as a step at 0 or linear in the entry', type: ['step', 'linear'] },
  loss: {
    about: 'sum over all pairs, or from the observed ones and Gram matrices',
    type: ['dense', 'implicit-zeros'],
  },
  factors: { about: 'length K of a factor', type: 'count' },
  deviation: { about: 'standard deviation of the first factors', type: 'number' },
  layers: {
    about: 'hidden sizes; of mult-vae up to the code, of neumf from its factors on',
    type: 'sizes',
  },
  activation: { about: 'after each hidden layer', type: ['selu', 'tanh', 'relu', 'sigmoid'] },
  negatives: { about: 'items without a click drawn for each click', type: 'count' },
  margin: { about: 'by how much a click is to be nearer than the rest', type: 'number' },
  beta: { about: 'largest weight of the KL divergence', type: 'number' },
  annealing: { about: 'by how much that weight rises in each step', type: 'number' },
  neighbours: { about: 'most similar items that are kept of each', type: 'count' },
} as const satisfies Record<string, SettingDefinition>;

export type SettingName = keyof typeof settingDefinitions;
