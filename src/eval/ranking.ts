/** @file Ranking of a user's items by score: the first k, and the rank of one item. */

/** The score of an item that is left out of the ranking. */
export const excluded = Number.NEGATIVE_INFINITY;

/**
 * The `k` items with the largest scores, best first, without sorting the rest; ties go to the
 * lower item number. Items with the score `excluded` never appear, so fewer than k may come back.
 */
export function topItems(scores: ArrayLike<number>, k: number): Int32Array {
  const best = new Int32Array(k);
  let count = 0;
  for (let item = 0; item < scores.length; item++) {
    const score = scores[item];
    if (score === excluded || (count === k && !(score > scores[best[k - 1]]))) continue;
    let at = count < k ? count++ : k - 1;
    for (; at > 0 && score > scores[best[at - 1]]; at--) best[at] = best[at - 1];
    best[at] = item;
  }
  return best.subarray(0, count);
}

/** The place of an item among all that are not excluded, from 1; ties as in `topItems`. */
export function rankOf(scores: ArrayLike<number>, item: number): number {
  const own = scores[item];
  let rank = 1;
  for (let other = 0; other < scores.length; other++) {
    const score = scores[other];
    if (score > own || (score === own && other < item)) rank++;
  }
  return rank;
}
