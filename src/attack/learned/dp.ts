/** @file DP: fillers that a poison model predicts for a fake user (Huang et al. 2021). */

import { type Tree, Turns, tensor } from '../../autodiff/index.ts';
import { fromPairs, type SparseMatrix } from '../../data/sparse.ts';
import { UserError } from '../../errors.ts';
import type { Recommender } from '../../models/index.ts';
import {
  copyClicks,
  countClicks,
  denseClicks,
  isClicked,
  matrixOf,
  positions,
  setClick,
} from '../clicks.ts';
import { type Effect, heldOutEffect } from '../effect.ts';
import type { AttackContext, AttackKind, Learning } from '../kind.ts';
import { type AttackState, startAttack } from '../learn.ts';
import { adversarialObjective } from '../objective.ts';
import type { Surrogates } from '../surrogates.ts';
import { learningOf } from './learn-within.ts';
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

function onlySurrogate(surrogate: Surrogates<Tree>): Recommender {
  const all = typeof surrogate === 'function' ? surrogate(0) : [surrogate].flat();
  if (all.length === 1) return all[0];
  throw new UserError(`dp: expected one surrogate, got ${all.length}`);
}

/** What the fake users made so far do to the surrogate, trained without a goal. */
const effectOf = (
  surrogate: Recommender,
  { train, goal }: AttackContext,
  { device, measure, onStep, signal, blockUsers }: Learning,
  { fakes, iteration }: AttackState,
): Promise<Effect> =>
  heldOutEffect(surrogate, {
    iteration,
    poison: { fakes: tensor(denseClicks(fakes), [fakes.rows, fakes.columns]) },
    objectiveOf: (of) => ({
      ...adversarialObjective(of, goal, train, blockUsers),
      readout: of.factors,
    }),
    device,
    measure,
    onStep,
    signal,
  });

/** The columns that a fake user made earlier clicks, the targets left out. */
const fillersOf = ({ fakes }: AttackState, fake: number, barred: ReadonlySet<number>): number[] =>
  Array.from({ length: fakes.columns }, (_, column) => column).filter(
    (column) => !barred.has(column) && isClicked(fakes, fake * fakes.columns + column),
  );

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
  craft: async (context, settings) => {
    const { train, goal, budget } = context;
    const learning = learningOf('dp', context);
    const surrogate = onlySurrogate(learning.surrogate);
    if (goal.kind !== 'promote')
      throw new UserError(`dp: expected the goal promote, got ${goal.kind}`);
    const { candidates, device, signal, onStep, onIteration } = learning;
    const state = learning.stopped ?? noFakes(budget.lengths.length, train, candidates);
    const { fakes } = state;
    const columns = goal.targets.map(positions(candidates, train.columns));
    const barred = new Set(columns);
    const selection = new Selection(fakes.columns, barred, settings.selectionDecay);
    for (let fake = 0; fake < state.iteration; fake++) {
      selection.chosen(fillersOf(state, fake, barred));
    }
    const options = { goal, train, rate: settings.poisonRate, pretraining: settings.poisonStart };
    const turns = new Turns(signal);
    while (state.iteration < fakes.rows) {
      const started = performance.now();
      const { iteration } = state;
      const click = (column: number) => setClick(fakes, iteration * fakes.columns + column, true);
      columns.forEach(click);
      const poison = { fakes: tensor(denseClicks(fakes), [fakes.rows, fakes.columns]) };
      const scores = await predictedFillers(surrogate, goal.targets, poison, options, {
        device,
        onStep,
        signal,
      });
      const own = candidates ? Float64Array.from(candidates, (item) => scores[item]) : scores;
      const fillers = selection.best(own, budget.lengths[iteration] - barred.size);
      fillers.forEach(click);
      selection.chosen(fillers);
      const { loss, quality, figures } = await effectOf(surrogate, context, learning, state);
      const seconds = (performance.now() - started) / 1000;
      state.best = { quality, iteration, fakes: copyClicks(fakes) };
      state.history.push({ iteration, loss, clicks: countClicks(fakes), figures, seconds });
      state.iteration++;
      await onIteration?.(state, state.history[iteration]);
      await turns.pass();
    }
    return matrixOf(fakes, train.columns, candidates);
  },
};

const noFakes = (count: number, train: SparseMatrix, candidates?: Int32Array): AttackState =>
  startAttack(fromPairs([], count, train.columns), candidates);
