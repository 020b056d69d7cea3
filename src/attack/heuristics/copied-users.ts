/** @file Copies of real users, from which a learned attack starts. */

import type { Random } from '../../data/random.ts';
import { rowOf, type SparseMatrix } from '../../data/sparse.ts';
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
  const candidates = Int32Array.from({ length: train.rows }, (_, user) => user).filter((user) => {
    const clicks = rowOf(train, user).length;
    return clicks >= 1 && clicks <= mostClicks;
  });
  if (candidates.length === 0) {
    throw new UserError(`no real user has 1 to ${mostClicks} clicks to copy: raise the limit`);
  }
  const rows = Array.from({ length: count }, () =>
    rowOf(train, candidates[generator.integer(candidates.length)]),
  );
  const indptr = new Int32Array(count + 1);
  rows.forEach((row, fake) => {
    indptr[fake + 1] = indptr[fake] + row.length;
  });
  const indices = new Int32Array(indptr[count]);
  rows.forEach((row, fake) => {
    indices.set(row, indptr[fake]);
  });
  const values = new Float64Array(indices.length).fill(1);
  return { rows: count, columns: train.columns, indptr, indices, values };
}
