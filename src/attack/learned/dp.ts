/** @file DP: fillers that a poison model predicts for a fake user (Huang et al. 2021). */

import { poisonOf } from '../clicks.ts';
import type { AttackKind } from '../kind.ts';
import { learnOneByOne } from './one-by-one.ts';
import { predictedFillers } from './poison-model.ts';

/** Settings of `dp`. */
export type DpSettings = {
  readonly surrogate: string;
  /** Step size along the goal. */
  readonly poisonRate: number;
  /** Share of the training before it begins. */
  readonly poisonStart: number;
  /** What an item's chance to be a filler is multiplied by each time it has become one. */
  readonly selectionDecay: number;
  readonly candidates: number;
};

/** The chances of items to be chosen as fillers, which fall with each choice. */
export class Selection {
  private readonly chance: Float64Array;

  /** Of columns of which the `barred` are never chosen. */
  constructor(
    columns: number,
    private readonly barred: ReadonlySet<number>,
    private readonly decay: number,
  ) {
    this.chance = new Float64Array(columns).fill(1);
  }

  /**
   * The `count` columns of the largest score times chance, or all. Scores count from the least, so
   * that none is negative; of equal products the lower column comes first.
   */
  best(scores: ArrayLike<number>, count: number): Int32Array {
    const columns = Int32Array.from(this.chance.keys()).filter((c) => !this.barred.has(c));
    const least = columns.reduce((low, c) => Math.min(low, scores[c]), Number.POSITIVE_INFINITY);
    const product = Float64Array.from(this.chance, (p, c) => (scores[c] - least) * p);
    return columns.sort((a, b) => product[b] - product[a] || a - b).slice(0, count);
  }

  /** Lowers the chances of columns. Once all are below 1, all are 1 again. */
  chosen(columns: ArrayLike<number>): void {
    for (let i = 0; i < columns.length; i++) this.chance[columns[i]] *= this.decay;
    const isBelow = this.chance.every((p, column) => p < 1 || this.barred.has(column));
    if (isBelow) this.chance.fill(1);
  }
}

/**
 * The attack `dp` (Huang, Mu, Gong, Li, Liu & Xu 2021, algorithm 1), adapted to clicks: for one fake
 * user after the other, a poison model is trained beside those that are made, on its own loss and
 * the attack's goal; the fillers are the items of the largest predicted score times a chance that
 * falls with each choice. The score is that of a user folded in who clicks the targets. Each
 * iteration of the history is one fake user more.
 */
export const dp: AttackKind<DpSettings> = {
  name: 'dp',
  about: 'the items that a model trained for the goal predicts for a fake user (Huang et al. 2021)',
  family: 'learned',
  defaults: {
    surrogate: 'wrmf-sgd',
    poisonRate: 0.1,
    poisonStart: 0.5,
    selectionDecay: 0.8,
    candidates: 0,
  },
  craft: (context, settings) => {
    const { train, goal } = context;
    return learnOneByOne('dp', context, ({ surrogate, learning, targets, targetColumns }) => {
      const { candidates, device, signal, onStep } = learning;
      const columns = candidates?.length ?? train.columns;
      const selection = new Selection(columns, new Set(targetColumns), settings.selectionDecay);
      const options = { goal, train, rate: settings.poisonRate, pretraining: settings.poisonStart };
      const run = { device, onStep, signal };
      return {
        make: async (_, fakes, room) => {
          const poison = poisonOf(fakes);
          const scores = await predictedFillers(surrogate, targets, poison, options, run);
          const own = candidates ? Float64Array.from(candidates, (item) => scores[item]) : scores;
          return { fillers: selection.best(own, room) };
        },
        chosen: (fillers) => selection.chosen(fillers),
      };
    });
  },
};
