/** @file Every setting of every attack. The command line and the documentation read this table. */

/** The value of a setting. */
export type AttackSetting = number | string | boolean;

/** The settings of one attack by name. */
export type AttackSettings = { readonly [name: string]: AttackSetting };

/** What a setting means and which values it takes. */
export interface AttackSettingDefinition {
  readonly about: string;
  /**
   * `count` is a whole number from 1, `whole` one from 0, `number` a number from 0, `share` one
   * from 0 to 1, `flag` is on or off, `text` a word of its own syntax; a list holds the words to
   * choose from.
   */
  readonly type: 'count' | 'whole' | 'number' | 'share' | 'flag' | 'text' | readonly string[];
  /** The largest value. */
  readonly most?: number;
}

/** All settings by name. */
export const attackSettings = {
  hotItems: { about: 'share of the items, the most clicked, that are hot', type: 'share' },
  hotShare: { about: 'share of the clicks that go to hot items', type: 'share' },
  segmentItems: { about: 'items most similar to the targets', type: 'count', most: 2 ** 24 },
  powerBy: {
    about: 'what makes a user powerful',
    type: ['clicks', 'in-degree', 'similarity'],
  },
  nearestUsers: { about: 'neighbours that a user has, for in-degree', type: 'count', most: 1e6 },
  surrogate: { about: 'recommender to attack through, or several, such as a,b', type: 'text' },
  method: {
    about: 'exact, truncated:70 (steps), truncated:10epochs or partial, or one a surrogate',
    type: 'text',
  },
  iterations: { about: 'updates of the fake users', type: 'count', most: 1e6 },
  outerRate: { about: 'outer learning rate', type: 'number' },
  outerMomentum: { about: 'outer momentum', type: 'share' },
  projection: { about: 'threshold:0.05, or top: as many clicks as allowed', type: 'text' },
  normalizeRows: { about: "divide each fake user's gradient by its length", type: 'flag' },
  clickTargets: { about: 'fix the clicks on the targets, to promote them', type: 'flag' },
  start: {
    about: 'start from real users drawn at random, or from the first ones',
    type: ['random', 'first'],
  },
  inverseTemperature: {
    about: 'weight of the goal beside the prior of genuine clicks',
    type: 'number',
  },
  stealth: {
    about: 'feature that a penalty holds near its genuine mean: of popularity, or likelihood',
    type: ['none', 'mud', 'likelihood'],
  },
  stealthWeight: { about: 'weight of that penalty', type: 'number' },
  withinRange: {
    about: 'move clicks until features lie in the genuine 5 to 95 % range',
    type: 'flag',
  },
  poisonRate: { about: 'step size of the poison model along the goal', type: 'number' },
  poisonStart: { about: 'share of its training before that begins', type: 'share' },
  selectionDecay: {
    about: 'factor of the chance of an item each time it becomes a filler',
    type: 'share',
  },
  influentialUsers: {
    about: 'real users of largest influence on the targets, whose lists count',
    type: 'count',
    most: 2 ** 24,
  },
  listItems: { about: 'items of the list of a real user', type: 'count', most: 2 ** 24 },
  rankingWidth: { about: 'b in 1 / (1 + exp(-x / b)) of a difference of scores', type: 'number' },
  sparsity: { about: 'weight of the sum of relaxed clicks', type: 'number' },
  clickUpdates: { about: 'proximal steps of each fake user', type: 'count', most: 1e6 },
  clickRate: { about: 'by how much a step moves the click of steepest slope', type: 'number' },
  cgIterations: { about: 'most iterations of conjugate gradients', type: 'count', most: 1e6 },
  copyLimit: { about: 'start from real users of at most n clicks', type: 'count' },
  surrogateSeeds: {
    about:
      'seeds to learn through: a number, whose hypergradients are added up, or new for another ' +
      'in each iteration, 4xnew for four others',
    type: 'text',
  },
  heldOutSeeds: {
    about: 'further seeds that are not learned through, but choose the best iteration',
    type: 'whole',
    most: 1000,
  },
  candidates: {
    about: 'items that fake users may click: the targets and the most popular; 0 for all',
    type: 'whole',
    most: 2 ** 31 - 1,
  },
} as const satisfies Record<string, AttackSettingDefinition>;

/** The name of a setting of an attack. */
export type AttackSettingName = keyof typeof attackSettings;
