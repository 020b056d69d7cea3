/** @file Runs an attack that makes one fake user after the other, each beside those made before. */

import { type Tree, Turns } from '../../autodiff/index.ts';
import { fromPairs, type SparseMatrix } from '../../data/sparse.ts';
import { UserError } from '../../errors.ts';
import type { Recommender } from '../../models/index.ts';
import {
  type Clicks,
  copyClicks,
  countClicks,
  isClicked,
  matrixOf,
  poisonOf,
  positions,
  setClick,
} from '../clicks.ts';
import { type Effect, heldOutEffect } from '../effect.ts';
import type { AttackContext, Learning } from '../kind.ts';
import { type AttackRecord, type AttackState, startAttack } from '../learn.ts';
import { adversarialObjective } from '../objective.ts';
import type { Surrogates } from '../surrogates.ts';
import { learningOf } from './learn-within.ts';

/** What such an attack learns through. */
export interface OneByOne {
  readonly surrogate: Recommender;
  readonly learning: Learning;
  readonly targets: readonly number[];
  /** The columns of the targets among the candidates. */
  readonly targetColumns: readonly number[];
}

/** The fillers of a fake user, as columns, and what is known of how they were found. */
export interface Made extends Pick<AttackRecord, 'implicit'> {
  readonly fillers: ArrayLike<number>;
}

/** How an attack makes fake users. */
export interface Maker {
  /** At most `room` fillers of a fake user that clicks the targets, beside those made before. */
  make(fake: number, fakes: Clicks, room: number): Promise<Made>;
  /** Told of the fillers of each fake user, of those of an earlier run too. */
  chosen?(columns: ArrayLike<number>): void;
}

/**
 * Makes fake users that promote the targets: each iteration of the history is one more, and the
 * state after it is where a run can go on. Throws a UserError for another goal, or for several
 * surrogates.
 */
export async function learnOneByOne(
  name: string,
  context: AttackContext,
  makerOf: (of: OneByOne) => Maker,
): Promise<SparseMatrix> {
  const { train, goal, budget } = context;
  const learning = learningOf(name, context);
  const surrogate = onlySurrogate(name, learning.surrogate);
  if (goal.kind !== 'promote')
    throw new UserError(`${name}: expected the goal promote, got ${goal.kind}`);
  const { candidates, signal, onIteration } = learning;
  const state = learning.stopped ?? noFakes(budget.lengths.length, train, candidates);
  const { fakes } = state;
  const targetColumns = goal.targets.map(positions(candidates, train.columns));
  const barred = new Set(targetColumns);
  const maker = makerOf({ surrogate, learning, targets: goal.targets, targetColumns });
  for (let fake = 0; fake < state.iteration; fake++) {
    maker.chosen?.(fillersOf(state, fake, barred));
  }
  const turns = new Turns(signal);
  while (state.iteration < fakes.rows) {
    const started = performance.now();
    const { iteration } = state;
    const click = (column: number) => setClick(fakes, iteration * fakes.columns + column, true);
    targetColumns.forEach(click);
    const room = budget.lengths[iteration] - barred.size;
    const { fillers, ...found } = await maker.make(iteration, fakes, room);
    Array.from(fillers).forEach(click);
    maker.chosen?.(fillers);
    const { loss, quality, figures } = await effectOf(surrogate, context, learning, state);
    const seconds = (performance.now() - started) / 1000;
    state.best = { quality, iteration, fakes: copyClicks(fakes) };
    state.history.push({ iteration, loss, clicks: countClicks(fakes), figures, ...found, seconds });
    state.iteration++;
    await onIteration?.(state, state.history[iteration]);
    await turns.pass();
  }
  return matrixOf(fakes, train.columns, candidates);
}

function onlySurrogate(name: string, surrogate: Surrogates<Tree>): Recommender {
  const all = typeof surrogate === 'function' ? surrogate(0) : [surrogate].flat();
  if (all.length === 1) return all[0];
  throw new UserError(`${name}: expected one surrogate, got ${all.length}`);
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
    poison: poisonOf(fakes),
    objectiveOf: (of) => adversarialObjective(of, goal, train, blockUsers),
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

const noFakes = (count: number, train: SparseMatrix, candidates?: Int32Array): AttackState =>
  startAttack(fromPairs([], count, train.columns), candidates);
