/** @file Every setting of every recommender. Command line and documentation read this table. */

/** The value of a setting: a number, a word, or the sizes of layers. */
export type SettingValue = number | string | readonly number[];

/** The settings of one kind of recommender by name. */
export type Settings = { readonly [name: string]: SettingValue };

/** What a setting means and which values it takes. */
export interface SettingDefinition {
  readonly about: string;
  /**
   * `count` is a whole number from 1, `number` a number from 0, `sizes` the sizes of layers,
   * `batch` a `count` or the word `all`; a list holds the words to choose from.
   */
  readonly type: 'count' | 'number' | 'sizes' | 'batch' | readonly string[];
}

/** All settings by name. */
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

/** The name of a setting. */
export type SettingName = keyof typeof settingDefinitions;
