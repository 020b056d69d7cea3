/** @file A sparse matrix in blocks of rows of similar length, each padded to one length. */

import { type RowIndex, rowIndex, type Tensor, tensor } from '../../autodiff/index.ts';
import type { SparseMatrix } from '../../data/sparse.ts';

/**
 * Some rows, `[rows, length]`: `columns` has the column of each entry, row after row, and `values`
 * its value. Padding has value 0 in column 0.
 */
export type RowBlock = { readonly columns: RowIndex; readonly values: Tensor };

/**
 * All rows of a matrix, sorted by length: the rows of the blocks, one after the other, are its
 * rows in the order of `sorted`; row `r` of the matrix is row `unsorted[r]` of them.
 */
export type RowBlocks = {
  readonly blocks: readonly RowBlock[];
  readonly sorted: RowIndex;
  readonly unsorted: RowIndex;
};

/** Padded lengths grow by this factor: few shapes, and about a sixth of the cells is padding. */
const growth = Math.SQRT2;

const paddedLength = (length: number): number => {
  const power = Math.ceil(Math.log(Math.max(length, 1)) / Math.log(growth) - 1e-9);
  return Math.ceil(growth ** power - 1e-9);
};

/**
 * Cuts the rows into blocks such that neither `[rows, size]` nor `[rows, length, width]` has more
 * than `maxCells` cells, unless a single row has.
 */
export function rowBlocks(
  matrix: SparseMatrix,
  { maxCells, width, size }: { maxCells: number; width: number; size: number },
): RowBlocks {
  const { rows, columns, indptr } = matrix;
  const lengthOf = (row: number): number => indptr[row + 1] - indptr[row];
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  order.sort((a, b) => lengthOf(a) - lengthOf(b) || a - b);
  const position = new Int32Array(rows);
  order.forEach((row, i) => {
    position[row] = i;
  });
  const blocks: RowBlock[] = [];
  for (let from = 0; from < rows; ) {
    const length = paddedLength(lengthOf(order[from]));
    const limit = Math.max(1, Math.floor(maxCells / Math.max(length * width, size)));
    let to = from + 1;
    while (to < rows && to - from < limit && lengthOf(order[to]) <= length) to++;
    blocks.push(rowBlock(matrix, order.subarray(from, to), length, columns));
    from = to;
  }
  return { blocks, sorted: rowIndex(order, rows), unsorted: rowIndex(position, rows) };
}

function rowBlock(
  { indptr, indices, values }: SparseMatrix,
  rows: Int32Array,
  length: number,
  columns: number,
): RowBlock {
  const index = new Int32Array(rows.length * length);
  const cells = new Float64Array(index.length);
  rows.forEach((row, i) => {
    index.set(indices.subarray(indptr[row], indptr[row + 1]), i * length);
    cells.set(values.subarray(indptr[row], indptr[row + 1]), i * length);
  });
  return { columns: rowIndex(index, columns), values: tensor(cells, [rows.length, length]) };
}
