/** @file Clicks with negatives as tensors: the distinct users and items of a batch, and its pairs. */

import {
  type DistinctRows,
  distinctRows,
  type RowIndex,
  rowIndex,
  type SparsePattern,
  sparsePattern,
  type Tensor,
  tensor,
} from '../autodiff/index.ts';
import type { ClickBatch, SparseMatrix } from '../data/index.ts';

/** Distinct rows of a table; `count` `[n, 1]` is how often each is in the batch, 0 for padding. */
export type BatchRows = { readonly at: DistinctRows; readonly count: Tensor };

/** One batch; all batches of a `size` and a number of `negatives` have the same shapes. */
export type ClickPairs = {
  readonly users: BatchRows;
  readonly items: BatchRows;
  /** The user of each click, a row of those of the batch. */
  readonly userOf: RowIndex;
  /** Clicks by items: the entries of a click are its item, and then its negatives. */
  readonly pairs: SparsePattern;
  /** 1 for each click, `[size, 1]`, 0 for padding. */
  readonly mask: Tensor;
};

/** The item of each pair, a row of those of the batch; a click's pairs follow each other. */
export const itemOf = ({ pairs }: ClickPairs): RowIndex => ({
  index: pairs.column,
  start: pairs.columnStart,
  order: pairs.order,
});

/** The rows named by `ids`, each once, and for each id its row, padded to `capacity`. */
function compress(ids: Int32Array, capacity: number, tableRows: number) {
  const rows = new Int32Array(Math.min(capacity, tableRows));
  const count = new Float64Array(rows.length);
  /** Where a row stands, plus 1. */
  const place = new Int32Array(tableRows);
  let n = 0;
  const local = ids.map((row) => {
    if (place[row] === 0) {
      rows[n] = row;
      place[row] = ++n;
    }
    count[place[row] - 1]++;
    return place[row] - 1;
  });
  const at = distinctRows(rows.subarray(0, n), tableRows, rows.length);
  return { rows: { at, count: tensor(count, [rows.length, 1]) }, local };
}

/** Makes tensors of a batch of at most `size` clicks. */
export function clickPairs(
  { users, items }: ClickBatch,
  size: number,
  negatives: number,
  clicks: SparseMatrix,
): ClickPairs {
  const width = 1 + negatives;
  const user = compress(users, size, clicks.rows);
  const item = compress(items, size * width, clicks.columns);
  const userOf = new Int32Array(size);
  userOf.set(user.local);
  const matrix = {
    rows: size,
    columns: item.rows.count.size,
    indptr: Int32Array.from({ length: size + 1 }, (_, b) => Math.min(b, users.length) * width),
    indices: item.local,
  };
  return {
    users: user.rows,
    items: item.rows,
    userOf: rowIndex(userOf, user.rows.count.size),
    pairs: sparsePattern(matrix, size * width),
    mask: tensor(new Float64Array(size).fill(1, 0, users.length), [size, 1]),
  };
}
