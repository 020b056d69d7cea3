/** @file The items that fake users are held to: their clicks at all other items are 0. */

import {
  add,
  gather,
  mul,
  type RowIndex,
  rowIndex,
  sum,
  type Tensor,
  tensor,
} from '../../autodiff/index.ts';
import { UserError } from '../../errors.ts';
import type { MaskedRows } from './batches.ts';
import { gram } from './gram.ts';

/** Candidates among the items of a recommender. */
export interface Candidates {
  /** The candidates, as rows of a table of items. */
  readonly index: RowIndex;
  /** All other items, if there are any. */
  readonly others?: RowIndex;
  /**
   * For each of some items its row in a table of candidates, padded to `length`; the mask is 0 for
   * items that are none and for the padding.
   */
  rowsOf(items: Int32Array, length: number): MaskedRows;
}

/**
 * Candidates, ascending, among so many items; undefined if they are left out: all items. Throws a
 * UserError at one out of order or of range.
 */
export function candidatesAmong(
  candidates: Int32Array | undefined,
  items: number,
): Candidates | undefined {
  if (!candidates) return undefined;
  const misplaced = candidates.findIndex(
    (item, i) => !(Number.isInteger(item) && item < items && item > (candidates[i - 1] ?? -1)),
  );
  if (misplaced >= 0) {
    throw new UserError(
      `candidates: expected items 0 to ${items - 1}, ascending, got ${candidates[misplaced]} after ` +
        `${candidates[misplaced - 1] ?? 'none'}`,
    );
  }
  const row = new Int32Array(items).fill(-1);
  candidates.forEach((item, i) => {
    row[item] = i;
  });
  const others = Int32Array.from({ length: items }, (_, item) => item).filter((i) => row[i] < 0);
  return {
    index: rowIndex(candidates, items),
    ...(others.length > 0 && { others: rowIndex(others, items) }),
    rowsOf: (list, length) => {
      const index = new Int32Array(length);
      const mask = new Float64Array(length);
      list.forEach((item, i) => {
        index[i] = Math.max(row[item], 0);
        mask[i] = row[item] < 0 ? 0 : 1;
      });
      return { index: rowIndex(index, candidates.length), mask: tensor(mask, [length, 1]) };
    },
  };
}

/** The rows of the candidates in a table of items; without candidates the table. */
export const candidateRows = (table: Tensor, candidates?: Candidates): Tensor =>
  candidates ? gather(table, candidates.index) : table;

/** The sum of q qᵀ over the items that are no candidates, `[K, K]`, if there are any. */
export const gramOfOthers = (table: Tensor, candidates?: Candidates): Tensor | undefined =>
  candidates?.others && gram(gather(table, candidates.others));

/**
 * A loss of fake users at the candidates, and that at all other items, where their clicks are 0 and
 * the weight is 1: the sum of the squared scores, from Gram matrices.
 */
export function withOthers(
  loss: Tensor,
  fakes: Tensor,
  items: Tensor,
  candidates?: Candidates,
): Tensor {
  const others = gramOfOthers(items, candidates);
  return others ? add(loss, sum(mul(gram(fakes), others))) : loss;
}
