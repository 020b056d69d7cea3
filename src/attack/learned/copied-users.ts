/** @file Copies of real users, from which a learned attack starts. */

import type { Random } from '../../data/random.ts';
import { rowOf, type SparseMatrix, selectedRows } from '../../data/sparse.ts';
import { UserError } from '../../errors.ts';

/** The users with 1 to `mostClicks` clicks. Throws a UserError if there is none. */
function usersWithin(train: SparseMatrix, mostClicks: number): Int32Array {
  const users = Int32Array.from({ length: train.rows }, (_, user) => user).filter((user) => {
    const clicks = rowOf(train, user).length;
    return clicks >= 1 && clicks <= mostClicks;
  });
  if (users.length > 0) return users;
  throw new UserError(`no real user has 1 to ${mostClicks} clicks to copy: raise the limit`);
}

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
  const users = usersWithin(train, mostClicks);
  const drawn = Int32Array.from({ length: count }, () => users[generator.integer(users.length)]);
  return copiesOf(train, drawn);
}

/**
 * Copies of the first `count` real users with 1 to `mostClicks` clicks, as in the published code of
 * Tang, Wen & Wang 2020. Throws a UserError if there are fewer.
 */
export function firstUsers(train: SparseMatrix, count: number, mostClicks: number): SparseMatrix {
  const users = usersWithin(train, mostClicks);
  if (users.length >= count) return copiesOf(train, users.subarray(0, count));
  throw new UserError(
    `${users.length} real users have 1 to ${mostClicks} clicks, and ${count} are to be copied: ` +
      'raise the limit, or start from random ones',
  );
}

/** Copies of some users, a click of 1 each whatever the entries of `train` are. */
function copiesOf(train: SparseMatrix, users: Int32Array): SparseMatrix {
  const copies = selectedRows(train, users);
  return { ...copies, values: copies.values.fill(1) };
}
