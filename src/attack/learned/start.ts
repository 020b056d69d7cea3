/** @file The fake users that a learned attack starts from. */

import { rowOf, type SparseMatrix } from '../../data/sparse.ts';
import { copiedUsers } from '../heuristics/copied-users.ts';
import { cutTo } from '../heuristics/profiles.ts';
import { type AttackContext, generatorOf, withFillers } from '../kind.ts';

/**
 * Copies of genuine users of at most `copyLimit` clicks, cut at random to the budget. With
 * `clickTargets` the targets are clicked and count.
 */
export function copiesWithin(
  context: AttackContext,
  copyLimit: number,
  clickTargets: boolean,
): SparseMatrix {
  const { train, goal, budget } = context;
  const generator = generatorOf('copied users', context);
  const copies = copiedUsers(train, budget.lengths.length, copyLimit, generator);
  const clicked = clickTargets && goal.kind !== 'untargeted' ? goal.targets : [];
  const isClicked = new Set(clicked);
  return withFillers(context, clicked, (fake, room) =>
    cutTo(
      rowOf(copies, fake).filter((item) => !isClicked.has(item)),
      room,
      generator,
    ),
  );
}
