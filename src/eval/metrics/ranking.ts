/** @file Ranking of a user's items by score: the first k, and the ranks of some items. */

import { Largest, rowOf, type SparseMatrix } from '../../data/index.ts';

/** The score of an item that is left out of the ranking. */
export const excluded = Number.NEGATIVE_INFINITY;

/**
 * Leaves the items that a user clicked in training out of the user's scores. Throws an Error naming
 * the user if a score is not a number.
 */
export function excludeClicks(
  scores: Float32Array | Float64Array,
  clicks: SparseMatrix,
  user: number,
): void {
  if (scores.includes(Number.NaN)) throw new Error(`a score of user ${user} is not a number`);
  for (const item of rowOf(clicks, user)) scores[item] = excluded;
}

/**
 * The `k` items with the largest scores, best first, without sorting the rest; ties go to the
 * lower item number. Items with the score `excluded` never appear, so fewer than k may come back.
 */
export function topItems(scores: ArrayLike<number>, k: number): Int32Array {
  const largest = new Largest(Math.min(k, scores.length));
  let { bound } = largest;
  for (let item = 0; item < scores.length; item++) {
    // Most items end here; a tie does too, as its number is higher than those kept.
    if (scores[item] <= bound) continue;
    largest.offer(item, scores[item]);
    bound = largest.bound;
  }
  return largest.take();
}

/** Cells that the range of scores is divided into: most hold none of the items to be ranked. */
const cells = 1024;

/**
 * The places of some items among all that are not excluded, from 1; ties as in `topItems`. The
 * items may come in any order and more than once, and none may be excluded.
 *
 * One pass over the scores: each is counted for the best of the items that it comes before, which
 * a table of equal cells of the range tells at once where no item to be ranked lies in the cell.
 */
export function ranksOf(scores: ArrayLike<number>, items: ArrayLike<number>): Int32Array {
  const order = Int32Array.from(items).sort((a, b) => scores[b] - scores[a] || a - b);
  const own = Float64Array.from(order, (item) => scores[item]);
  const [best, worst] = [own[0], own[own.length - 1]];
  const scale = best > worst ? (cells - 1) / (best - worst) : 0;
  const table = placesByCell(own, worst, scale);
  const ahead = new Int32Array(own.length + 1);
  for (let item = 0; item < scores.length; item++) {
    const score = scores[item];
    if (score < worst) continue;
    let place = score > best ? 0 : table[((score - worst) * scale) | 0];
    if (place === contested) {
      place = own.length;
      while (place > 0 && comesBefore(score, item, own[place - 1], order[place - 1])) place--;
    }
    ahead[place]++;
  }
  for (let place = 1; place < own.length; place++) ahead[place] += ahead[place - 1];
  const rankOf = new Map(Array.from(order, (item, place) => [item, ahead[place] + 1]));
  return Int32Array.from(items, (item) => rankOf.get(item) as number);
}

const comesBefore = (score: number, item: number, other: number, otherItem: number): boolean =>
  score > other || (score === other && item < otherItem);

const contested = -1;

/** How many of the descending scores `own` lie above each cell, or `contested` if one lies in it. */
function placesByCell(own: Float64Array, worst: number, scale: number): Int32Array {
  const table = new Int32Array(cells);
  let above = own.length;
  for (let cell = 0; cell < cells; cell++) {
    const before = above;
    // As the scores' cells are computed: rounding is monotone, so no score is put out of order.
    while (above > 0 && (((own[above - 1] - worst) * scale) | 0) === cell) above--;
    table[cell] = above < before ? contested : above;
  }
  return table;
}
