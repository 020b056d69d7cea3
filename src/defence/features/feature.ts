/** @file What a feature is: a number for each profile, the clicks of a user. */

import type { SparseMatrix } from '../../data/sparse.ts';

/** One feature of profiles. It says nothing of what is suspicious: no feature has a fixed sign. */
export interface Feature {
  /** As tables and files write it. */
  readonly name: string;
  /** A line on what it is, with its source. */
  readonly about: string;
  /**
   * The feature of each user among all users of `clicks`. 0 for a user without clicks. Long work
   * gives the event loop turns, and throws the signal's reason when that is aborted.
   */
  values(clicks: SparseMatrix, signal?: AbortSignal): Float64Array | Promise<Float64Array>;
}

/** A feature that takes no longer than counting the clicks. */
export interface ShortFeature extends Feature {
  values(clicks: SparseMatrix): Float64Array;
}

/** A number for each user, from the items that the user clicked; 0 for a user without clicks. */
export function ofEachUser(
  clicks: SparseMatrix,
  value: (items: Int32Array, user: number) => number,
): Float64Array {
  return Float64Array.from({ length: clicks.rows }, (_, user) => {
    const items = clicks.indices.subarray(clicks.indptr[user], clicks.indptr[user + 1]);
    return items.length > 0 ? value(items, user) : 0;
  });
}
