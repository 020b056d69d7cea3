/**
 * @file What the first k places of a ranking hold where scores are equal: the expectation over all
 * orders of equal items, so that no figure depends on how items are numbered.
 */

import type { Places } from './ranking.ts';

/** The discounted gain at an index of the list, from 0 (Järvelin & Kekäläinen 2002). */
export const gain = (index: number): number => 1 / Math.log2(index + 2);

/** The probability that an item is among the first k. */
export const chanceOf = ({ above, level }: Places, i: number, k: number): number =>
  Math.min(1, Math.max(0, (k - above[i]) / level[i]));

/** The expected gain of an item, 0 where it is not among the first k. */
export function gainOf({ above, level }: Places, i: number, k: number): number {
  let sum = 0;
  for (let index = above[i]; index < Math.min(k, above[i] + level[i]); index++) sum += gain(index);
  return sum / level[i];
}

/** The mean rank of an item, from 1. */
export const rankOf = ({ above, level }: Places, i: number): number =>
  above[i] + (level[i] + 1) / 2;

/**
 * The probability that one of the items from one index up to another is among the first k. Only the
 * equal items at the end of the list may be in it or not: as many of them as there are places left,
 * drawn without replacement.
 */
export function chanceOfAny(
  { above, level }: Places,
  [from, to]: readonly [from: number, to: number],
  k: number,
): number {
  let none = 1;
  let drawn = 0;
  for (let i = from; i < to; i++) {
    if (above[i] >= k) continue;
    if (above[i] + level[i] <= k) return 1;
    // Those before it are as many fewer of those that are not in the list.
    const left = level[i] - drawn;
    none *= Math.max(0, left - (k - above[i])) / left;
    drawn++;
  }
  return 1 - none;
}
