/** @file Copies of real users, from which a learned attack starts. */

import type { Random } from '../../data/random.ts';
import { fromPairs, rowOf, type SparseMatrix } from '../../data/sparse.ts';
import { UserError } from '../../errors.ts';

/**
 * `count` copies of random real users with 1 to `mostClicks` clicks, drawn with replacement.
 * Throws a UserError if there is no such user.
 */
export function copiedUsers(
  train: SparseMatrix,
  count: number,
  mostClicks: number,
  generator: Random,
): SparseMatrix {
  const users = Array.from({ length: train.rows }, (_, user) => user);
  const candidates = users.filter((user) => {
    const clicks = rowOf(train, user).length;
    return clicks >= 1 && clicks <= mostClicks;
  });
  if (candidates.length === 0) {
    throw new UserError(`no real user has 1 to ${mostClicks} clicks to copy: raise the limit`);
  }
  const pairs: [number, number][] = [];
  for (let fake = 0; fake < count; fake++) {
    const user = candidates[generator.integer(candidates.length)];
    for (const item of rowOf(train, user)) pairs.push([fake, item]);
  }
  return fromPairs(pairs, count, train.columns);
}
