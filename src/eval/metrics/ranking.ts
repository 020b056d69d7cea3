/** @file Ranks a user's items by score: the first k, and the ranks of given items. */

import { Largest, rowOf, type SparseMatrix } from '../../data/portable.ts';
import { DivergedError } from '../../errors.ts';

/** The score of an item that is left out of the ranking. */
export const excluded = Number.NEGATIVE_INFINITY;

/**
 * Excludes the items that a user clicked in training: overwrites their scores. Throws a
 * DivergedError that names the user if a score is not finite.
 */
export function excludeClicks(
  scores: Float32Array | Float64Array,
  clicks: SparseMatrix,
  user: number,
): void {
  for (let item = 0; item < scores.length; item++) {
    // Of a number that is not finite the difference to itself is NaN.
    if (scores[item] - scores[item] === 0) continue;
    const what = Number.isNaN(scores[item]) ? 'not a number' : 'infinite';
    throw new DivergedError(`a score of user ${user} is ${what}`);
  }
  for (const item of rowOf(clicks, user)) scores[item] = excluded;
}

/**
 * The `k` items with the largest scores, best first, without sorting the rest; ties go to the
 * lower item number. Excluded items never appear, so fewer than k may come back.
 */
export function topItems(scores: ArrayLike<number>, k: number): Int32Array {
  const largest = new Largest(Math.min(k, scores.length));
  let { bound } = largest;
  for (let item = 0; item < scores.length; item++) {
    // A tie loses, because the items kept have lower numbers.
    if (scores[item] <= bound) continue;
    largest.offer(item, scores[item]);
    bound = largest.bound;
  }
  return largest.take();
}

/** The number of equal cells that the range of scores is divided into. */
const cells = 1024;

/** Where items stand in a ranking, item by item. */
export interface Places {
  /** Items with a larger score. */
  readonly above: Int32Array;
  /** Items with the same score, the item itself among them. */
  readonly level: Int32Array;
}

/**
 * The places of given items among all that are not excluded. The items may come in any order and
 * more than once, and none may be excluded.
 *
 * One pass over all scores counts each for the best of the given scores that it reaches. A table over
 * cells of the range of scores tells which that is, unless a given score lies in the cell.
 */
export function placesOf(scores: ArrayLike<number>, items: ArrayLike<number>): Places {
  const sorted = Float64Array.from(new Set(Array.from(items, (item) => scores[item])))
    .sort()
    .reverse();
  const [best, worst] = [sorted[0], sorted[sorted.length - 1]];
  const scale = best > worst ? (cells - 1) / (best - worst) : 0;
  const table = positionsByCell(sorted, worst, scale);
  // At a position: the scores from the given one there up to the next better one, and those equal.
  const reached = new Int32Array(sorted.length + 1);
  const equal = new Int32Array(sorted.length);
  for (let item = 0; item < scores.length; item++) {
    const score = scores[item];
    if (!(score >= worst)) continue;
    let position = score > best ? 0 : table[((score - worst) * scale) | 0];
    if (position === contested) {
      position = sorted.length;
      while (position > 0 && score >= sorted[position - 1]) position--;
    }
    reached[position]++;
    if (score === sorted[position]) equal[position]++;
  }
  for (let i = 1; i < sorted.length; i++) reached[i] += reached[i - 1];
  const position = new Map(Array.from(sorted, (score, i) => [score, i]));
  const at = Int32Array.from(items, (item) => position.get(scores[item]) as number);
  return { above: at.map((i) => reached[i] - equal[i]), level: at.map((i) => equal[i]) };
}

const contested = -1;

/** How many of the descending scores lie above each cell, or `contested` if one lies in it. */
function positionsByCell(sorted: Float64Array, worst: number, scale: number): Int32Array {
  const table = new Int32Array(cells);
  let above = sorted.length;
  for (let cell = 0; cell < cells; cell++) {
    const before = above;
    // Cells are rounded as above; rounding is monotone, so the order of scores is kept.
    while (above > 0 && (((sorted[above - 1] - worst) * scale) | 0) === cell) above--;
    table[cell] = above < before ? contested : above;
  }
  return table;
}
