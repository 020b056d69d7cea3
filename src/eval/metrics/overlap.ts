/** @file How much profiles have in common with the genuine ones. */

import { rowOf, type SparseMatrix, transposed } from '../../data/portable.ts';

/** What a profile has in common with the genuine profile that suits best. */
export interface Overlap {
  /** The largest share of its clicks that one genuine profile has too; NaN without clicks. */
  readonly insideOne: number;
  /** Whether it contains some genuine user's whole profile, of `least` clicks or more. */
  readonly containsOne: boolean;
}

/**
 * The overlap of each profile `[profiles, items]` with the genuine users of `[users, items]`.
 * `least` is the number of clicks from which a genuine profile counts as one to contain; default 1.
 * Row `i` of the profiles is compared with all users but `self[i]`: the user that it is, if any.
 */
export function overlapOf(
  profiles: SparseMatrix,
  genuine: SparseMatrix,
  { least = 1, self }: { readonly least?: number; readonly self?: ArrayLike<number> } = {},
): Overlap[] {
  const usersOf = transposed(genuine);
  const shared = new Int32Array(genuine.rows);
  return Array.from({ length: profiles.rows }, (_, row) => {
    const clicks = rowOf(profiles, row);
    shared.fill(0);
    for (const item of clicks) for (const user of rowOf(usersOf, item)) shared[user]++;
    if (self) shared[self[row]] = 0;
    let most = 0;
    let containsOne = false;
    shared.forEach((common, user) => {
      most = Math.max(most, common);
      if (common >= least && common === rowOf(genuine, user).length) containsOne = true;
    });
    return { insideOne: most / clicks.length, containsOne };
  });
}
