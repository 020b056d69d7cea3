/** @file Runs the learning of an attack within its budget, from its start or where it stopped. */

import { UserError } from '../../errors.ts';
import type { Budget } from '../budget.ts';
import { type Clicks, denseClicks, matrixOf, positions, setClick } from '../clicks.ts';
import { GenuineRange } from '../genuine-range.ts';
import { clickedTargets } from '../goal.ts';
import type { AttackContext, Learning } from '../kind.ts';
import { type AttackOptions, learnFakes, startAttack } from '../learn.ts';
import { projectionOf } from '../projection.ts';
import { copiesWithin } from './start.ts';

/** Settings of every attack that updates all of its fake users in each iteration. */
export type LearnedSettings = {
  /** The recommender to learn through, and the estimator: what the caller makes `learning` of. */
  readonly surrogate: string;
  readonly method: string;
  readonly iterations: number;
  readonly outerRate: number;
  readonly projection: string;
  readonly clickTargets: boolean;
  readonly start: 'random' | 'first';
  /** Projects on profiles whose features lie in the genuine range, too. */
  readonly withinRange: boolean;
  readonly copyLimit: number;
  /** The seeds of `learning`: of its surrogates and of those that judge (`attackSeeds`). */
  readonly surrogateSeeds: string;
  readonly heldOutSeeds: number;
  readonly candidates: number;
};

/** How an attack differs from descent with momentum on normalised gradients. */
export interface Variation
  extends Pick<AttackOptions<never>, 'momentum' | 'normalizeRows' | 'update' | 'penalty'> {
  /** The first velocity of each cell, row-major, from the first clicks; default 0. */
  readonly velocity?: (clicks: Float32Array) => Float32Array;
}

/** What a learned attack learns through. Throws a UserError if the context has none. */
export function learningOf(name: string, { learning }: AttackContext): Learning {
  if (learning) return learning;
  throw new UserError(`${name}: expected what to learn through in the context: learning`);
}

/** The best fake users of `learnFakes`, which starts from copies of genuine users. */
export async function learnWithin(
  name: string,
  context: AttackContext,
  settings: LearnedSettings,
  { velocity, ...variation }: Variation,
) {
  const { train, goal, budget } = context;
  const { stopped, candidates, ...learning } = learningOf(name, context);
  const { iterations, outerRate } = settings;
  const clicked = settings.clickTargets ? clickedTargets(goal) : [];
  const width = candidates?.length ?? train.columns;
  const range = settings.withinRange ? new GenuineRange(train, candidates) : undefined;
  const projection = { ...projectionOf(settings.projection, budget, width), range };
  const pinned = clicked.map(positions(candidates, train.columns));
  const start = () => {
    const state = startAttack(copiesWithin(context, settings), candidates);
    if (range) startInRange(state.fakes, range, budget, pinned);
    return velocity ? { ...state, velocity: velocity(denseClicks(state.fakes)) } : state;
  };
  const options = { ...learning, train, goal, iterations, learningRate: outerRate };
  const { best } = await learnFakes(stopped ?? start(), {
    ...options,
    ...variation,
    projection,
    clickTargets: clicked.length > 0,
  });
  return matrixOf(best.fakes, train.columns, candidates);
}

/** Moves fake users that are copies into the range, all but their clicks on some columns. */
function startInRange(
  fakes: Clicks,
  range: GenuineRange,
  { lengths }: Budget,
  pinned: readonly number[],
): void {
  const dense = denseClicks(fakes);
  const { rows, columns } = fakes;
  for (let fake = 0; fake < rows; fake++) {
    const row = Float64Array.from(dense.subarray(fake * columns, (fake + 1) * columns));
    const values = row.slice();
    for (const column of pinned) values[column] = Number.POSITIVE_INFINITY;
    range.bring(values, row, Math.min(lengths[fake], columns));
    row.forEach((x, column) => {
      setClick(fakes, fake * columns + column, x === 1);
    });
  }
}
