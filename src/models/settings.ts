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
  /** The largest value; of `sizes`, the largest size. */
  readonly most?: number;
}

/** All settings by name. */
export const settingDefinitions = {
  epochs: { about: 'passes over the data; alternations of wrmf-als', type: 'count', most: 1e6 },
  batchSize: {
    about: 'rows of a step: users, items of item-ae, clicks of neumf, cml',
    type: 'batch',
    most: 2 ** 24,
  },
  learningRate: { about: "Adam's step size", type: 'number', most: 1e6 },
  weightDecay: { about: 'added to the gradient times the parameter', type: 'number', most: 1e6 },
  regularization: {
    about: 'l2: of all factors (wrmf-als) or of those in the batch',
    type: 'number',
    most: 1e9,
  },
  weight: { about: 'weight of an observed entry; all others have 1', type: 'number', most: 1e9 },
  confidence: { about: 'weight as a step at 0 or linear in the entry', type: ['step', 'linear'] },
  loss: {
    about: 'sum over all pairs, or from the observed ones and Gram matrices',
    type: ['dense', 'implicit-zeros'],
  },
  factors: { about: 'length K of a factor', type: 'count', most: 4096 },
  deviation: { about: 'standard deviation of the first factors', type: 'number', most: 1e6 },
  layers: {
    about: 'hidden sizes; of mult-vae up to the code, of neumf from its factors on',
    type: 'sizes',
    most: 2 ** 14,
  },
  activation: {
    about: 'after each hidden layer, of which neumf with one size has none',
    type: ['selu', 'tanh', 'relu', 'sigmoid'],
  },
  negatives: { about: 'items without a click drawn for each click', type: 'count', most: 1000 },
  margin: { about: 'by how much a click is to be nearer than the rest', type: 'number', most: 1e6 },
  beta: { about: 'largest weight of the KL divergence', type: 'number', most: 1e6 },
  annealing: { about: 'by how much that weight rises in each step', type: 'number', most: 1e6 },
  epsilon: { about: 'length of the perturbation of a factor', type: 'number', most: 1e6 },
  adversarialWeight: {
    about: 'weight of the loss at perturbed factors',
    type: 'number',
    most: 1e6,
  },
  pretraining: { about: 'epochs before the first perturbation', type: 'number', most: 1e6 },
  perturbation: {
    about: 'to a derivative through the training: exact, or as if it were a number',
    type: ['differentiated', 'constant'],
  },
  adaptation: {
    about: "largest length of a user's perturbation, as a multiple of epsilon",
    type: 'number',
    most: 1e6,
  },
  neighbours: { about: 'most similar items that are kept of each', type: 'count', most: 2 ** 24 },
} as const satisfies Record<string, SettingDefinition>;

/** The name of a setting. */
export type SettingName = keyof typeof settingDefinitions;

/** Why a value is none of this setting, as `expected …`; undefined if it is one. */
export function misfit(name: SettingName, value: unknown): string | undefined {
  const { type, most = Number.MAX_SAFE_INTEGER }: SettingDefinition = settingDefinitions[name];
  const isCount = (x: unknown) =>
    Number.isInteger(x) && (x as number) >= 1 && (x as number) <= most;
  const isNumber = (x: unknown) =>
    Number.isFinite(x) && (x as number) >= 0 && (x as number) <= most;
  if (type === 'count') return isCount(value) ? undefined : `a whole number from 1 to ${most}`;
  if (type === 'number') return isNumber(value) ? undefined : `a number from 0 to ${most}`;
  if (type === 'batch') {
    const fits = value === 'all' || isCount(value);
    return fits ? undefined : `all or a whole number from 1 to ${most}`;
  }
  if (type === 'sizes') {
    const fits = Array.isArray(value) && value.length > 0 && value.length <= 16;
    return fits && value.every(isCount) ? undefined : `1 to 16 sizes from 1 to ${most}`;
  }
  return type.includes(value as string) ? undefined : type.join(' or ');
}
