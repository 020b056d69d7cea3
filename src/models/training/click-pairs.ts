/** @file Clicks with negatives as tensors: a batch's distinct users and items, and its pairs. */

import {
  type DistinctRows,
  distinctRows,
  type RowIndex,
  rowIndex,
  type SparsePattern,
  sparsePattern,
  type Tensor,
  tensor,
} from '../../autodiff/index.ts';
import type { ClickBatch, SparseMatrix } from '../../data/index.ts';

/** Distinct rows of a table; `count` `[n, 1]` is how often the batch has each, 0 for padding. */
export type BatchRows = { readonly rows: DistinctRows; readonly count: Tensor };

/** One batch. All batches of a `size` and a number of `negatives` have the same shapes. */
export type ClickPairs = {
  readonly users: BatchRows;
  readonly items: BatchRows;
  /** The user of each click, as a row of `users`. */
  readonly clickUser: RowIndex;
  /** Clicks by `items`: the entries of a click are its item, then its negatives. */
  readonly pairs: SparsePattern;
  /** `[size, 1]`: 1 for each click, 0 for padding. */
  readonly mask: Tensor;
};

/** The item of each pair, as a row of the batch's items. The pairs of a click are consecutive. */
export const pairItem = ({ pairs }: ClickPairs): RowIndex => ({
  index: pairs.column,
  start: pairs.columnStart,
  order: pairs.order,
  named: pairs.named,
});

/** The distinct ones of some ids, padded to `capacity`, and the slot of each id among them. */
function distinct(ids: Int32Array, capacity: number, tableRows: number) {
  const rows = new Int32Array(Math.min(capacity, tableRows));
  const count = new Float64Array(rows.length);
  /** The slot of each row of the table plus 1; 0 where it has none. */
  const slotPlusOne = new Int32Array(tableRows);
  let n = 0;
  const slots = ids.map((row) => {
    if (slotPlusOne[row] === 0) {
      rows[n] = row;
      slotPlusOne[row] = ++n;
    }
    const slot = slotPlusOne[row] - 1;
    count[slot]++;
    return slot;
  });
  return {
    batchRows: {
      rows: distinctRows(rows.subarray(0, n), tableRows, rows.length),
      count: tensor(count, [rows.length, 1]),
    },
    slots,
  };
}

/** The tensors of a batch of at most `size` clicks. */
export function clickPairs(
  batch: ClickBatch,
  size: number,
  negatives: number,
  clicks: SparseMatrix,
): ClickPairs {
  const width = 1 + negatives;
  const count = batch.users.length;
  const { batchRows: users, slots: userSlots } = distinct(batch.users, size, clicks.rows);
  const { batchRows: items, slots } = distinct(batch.items, size * width, clicks.columns);
  const clickUser = new Int32Array(size);
  clickUser.set(userSlots);
  const matrix = {
    rows: size,
    columns: items.count.size,
    indptr: Int32Array.from({ length: size + 1 }, (_, click) => Math.min(click, count) * width),
    indices: slots,
  };
  return {
    users,
    items,
    clickUser: rowIndex(clickUser, users.count.size),
    pairs: sparsePattern(matrix, size * width),
    mask: tensor(new Float64Array(size).fill(1, 0, count), [size, 1]),
  };
}
