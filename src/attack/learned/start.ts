/** @file The fake users that a learned attack starts from. */

import { rowOf, type SparseMatrix } from '../../data/sparse.ts';
import { clickedTargets } from '../goal.ts';
import { cutTo } from '../heuristics/profiles.ts';
import { type AttackContext, generatorOf, withFillers } from '../kind.ts';
import { copiedUsers, firstUsers } from './copied-users.ts';

/** Settings of where a learned attack starts. */
export interface StartSettings {
  readonly start: 'random' | 'first';
  readonly copyLimit: number;
  readonly clickTargets: boolean;
}

/**
 * Copies of genuine users of at most `copyLimit` clicks, drawn or the first ones, cut at random to
 * the budget. With `clickTargets` the targets are clicked, to promote them, and count.
 */
export function copiesWithin(
  context: AttackContext,
  { start, copyLimit, clickTargets }: StartSettings,
): SparseMatrix {
  const { train, goal, budget } = context;
  const generator = generatorOf('copied users', context);
  const count = budget.lengths.length;
  const copies =
    start === 'first'
      ? firstUsers(train, count, copyLimit)
      : copiedUsers(train, count, copyLimit, generator);
  const clicked = clickTargets ? clickedTargets(goal) : [];
  const isClicked = new Set(clicked);
  return withFillers(context, clicked, (fake, room) =>
    cutTo(
      rowOf(copies, fake).filter((item) => !isClicked.has(item)),
      room,
      generator,
    ),
  );
}
