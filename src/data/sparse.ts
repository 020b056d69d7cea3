/** @file Sparse matrices by rows (CSR), on the host. */

import { UserError } from '../errors.ts';

/** Row `r` has the entries from `indptr[r]` up to `indptr[r + 1]`, columns ascending. */
export interface SparseMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly indptr: Int32Array;
  readonly indices: Int32Array;
  readonly values: Float64Array;
}

/**
 * The matrix with 1 at each (row, column); a pair that comes twice counts once. Throws a RangeError
 * for a pair that is not of whole numbers within the matrix.
 */
export function fromPairs(
  pairs: Iterable<readonly [number, number]>,
  rows: number,
  columns: number,
): SparseMatrix {
  const list = [...pairs];
  const keys = new Float64Array(list.length);
  list.forEach(([row, column], i) => {
    if (!(isBelow(row, rows) && isBelow(column, columns))) {
      throw new RangeError(`entry (${row}, ${column}) is outside a ${rows} x ${columns} matrix`);
    }
    keys[i] = row * columns + column;
  });
  keys.sort();
  const distinct = keys.filter((key, i) => i === 0 || key !== keys[i - 1]);
  const indptr = new Int32Array(rows + 1);
  const indices = new Int32Array(distinct.length);
  distinct.forEach((key, i) => {
    indices[i] = key % columns;
    indptr[Math.floor(key / columns) + 1]++;
  });
  for (let row = 0; row < rows; row++) indptr[row + 1] += indptr[row];
  return { rows, columns, indptr, indices, values: new Float64Array(indices.length).fill(1) };
}

/**
 * The matrix with 1 at each (`rowOf[i]`, `columnOf[i]`), numbers within the matrix; a pair that
 * comes twice counts once. Two passes of counting: linear in time, and of little memory.
 */
export function fromColumns(
  rowOf: Int32Array,
  columnOf: Int32Array,
  rows: number,
  columns: number,
): SparseMatrix {
  const byColumn = countingOrder(columnOf, columns);
  const start = new Int32Array(rows + 1);
  for (const row of rowOf) start[row + 1]++;
  for (let row = 0; row < rows; row++) start[row + 1] += start[row];
  const indices = new Int32Array(rowOf.length);
  const next = start.slice();
  for (const pair of byColumn) {
    const [row, column] = [rowOf[pair], columnOf[pair]];
    // Columns come in ascending order, so that equal pairs come one after the other.
    if (next[row] > start[row] && indices[next[row] - 1] === column) continue;
    indices[next[row]++] = column;
  }
  const indptr = new Int32Array(rows + 1);
  for (let row = 0; row < rows; row++) {
    indices.copyWithin(indptr[row], start[row], next[row]);
    indptr[row + 1] = indptr[row] + next[row] - start[row];
  }
  const count = indptr[rows];
  const distinct = count === indices.length ? indices : indices.slice(0, count);
  return { rows, columns, indptr, indices: distinct, values: new Float64Array(count).fill(1) };
}

/** The numbers of the entries of `keys`, which are below `end`, in the order of their keys; stable. */
export function countingOrder(keys: Int32Array, end: number): Int32Array {
  const next = new Int32Array(end + 1);
  for (const key of keys) next[key + 1]++;
  for (let key = 0; key < end; key++) next[key + 1] += next[key];
  const order = new Int32Array(keys.length);
  for (let i = 0; i < keys.length; i++) order[next[keys[i]]++] = i;
  return order;
}

/** Whether `x` is one of 0 to `end - 1`. */
const isBelow = (x: number, end: number): boolean => Number.isInteger(x) && x >= 0 && x < end;

/** The matrix of the entries of row-major numbers that are not 0. */
export function fromDense(dense: Float64Array, rows: number, columns: number): SparseMatrix {
  const count = dense.reduce((n, value) => n + (value === 0 ? 0 : 1), 0);
  const indptr = new Int32Array(rows + 1);
  const indices = new Int32Array(count);
  const values = new Float64Array(count);
  let entry = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = dense[row * columns + column];
      if (value === 0) continue;
      indices[entry] = column;
      values[entry++] = value;
    }
    indptr[row + 1] = entry;
  }
  return { rows, columns, indptr, indices, values };
}

/** Row-major numbers, `rows * columns` of them. */
export function toDense({ rows, columns, indptr, indices, values }: SparseMatrix): Float64Array {
  const dense = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let e = indptr[row]; e < indptr[row + 1]; e++) {
      dense[row * columns + indices[e]] = values[e];
    }
  }
  return dense;
}

/** The transposed matrix, in time linear in the entries. */
export function transposed({ rows, columns, indptr, indices, values }: SparseMatrix): SparseMatrix {
  const start = new Int32Array(columns + 1);
  for (const column of indices) start[column + 1]++;
  for (let column = 0; column < columns; column++) start[column + 1] += start[column];
  const next = start.slice();
  const flipped = {
    indices: new Int32Array(indices.length),
    values: new Float64Array(indices.length),
  };
  for (let row = 0; row < rows; row++) {
    for (let e = indptr[row]; e < indptr[row + 1]; e++) {
      const target = next[indices[e]]++;
      flipped.indices[target] = row;
      flipped.values[target] = values[e];
    }
  }
  return { rows: columns, columns: rows, indptr: start, ...flipped };
}

/** The rows of `a`, then those of `b`. Throws a RangeError if their columns differ. */
export function stackRows(a: SparseMatrix, b: SparseMatrix): SparseMatrix {
  if (a.columns !== b.columns) {
    throw new RangeError(`rows over ${a.columns} and ${b.columns} columns do not stack`);
  }
  const indptr = new Int32Array(a.rows + b.rows + 1);
  indptr.set(a.indptr);
  indptr.set(
    b.indptr.map((start) => start + a.indices.length),
    a.rows,
  );
  const indices = new Int32Array(a.indices.length + b.indices.length);
  indices.set(a.indices);
  indices.set(b.indices, a.indices.length);
  const values = new Float64Array(indices.length);
  values.set(a.values);
  values.set(b.values, a.values.length);
  return { rows: a.rows + b.rows, columns: a.columns, indptr, indices, values };
}

/** Some rows of a matrix, in the order given; a row may come more than once. */
export function selectedRows(matrix: SparseMatrix, rows: Int32Array): SparseMatrix {
  const { columns, indptr } = matrix;
  const starts = new Int32Array(rows.length + 1);
  rows.forEach((row, i) => {
    starts[i + 1] = starts[i] + indptr[row + 1] - indptr[row];
  });
  const indices = new Int32Array(starts[rows.length]);
  const values = new Float64Array(indices.length);
  rows.forEach((row, i) => {
    indices.set(matrix.indices.subarray(indptr[row], indptr[row + 1]), starts[i]);
    values.set(matrix.values.subarray(indptr[row], indptr[row + 1]), starts[i]);
  });
  return { rows: rows.length, columns, indptr: starts, indices, values };
}

/** The columns of a row's entries, a view. */
export const rowOf = (matrix: SparseMatrix, row: number): Int32Array =>
  matrix.indices.subarray(matrix.indptr[row], matrix.indptr[row + 1]);

/** The number of entries in each column. */
export function columnCounts({ columns, indices }: SparseMatrix): Int32Array {
  const counts = new Int32Array(columns);
  for (const column of indices) counts[column]++;
  return counts;
}

/** The parts of a matrix as a file stores them, in SciPy's names. */
export interface SparseParts {
  readonly indptr: ArrayLike<number>;
  readonly indices: ArrayLike<number>;
  readonly data: ArrayLike<number>;
}

/**
 * Throws a UserError that begins with `where` unless these are the parts of a matrix of this size
 * with finite numbers. The columns of a row may come in any order, and more than once.
 */
export function checkParts(
  where: string,
  rows: number,
  columns: number,
  { indptr, indices, data }: SparseParts,
): void {
  const fail = (message: string) => {
    throw new UserError(`${where}${message}`);
  };
  let ascends = indptr.length === rows + 1 && indptr[0] === 0;
  for (let row = 0; ascends && row < rows; row++) {
    ascends = Number.isInteger(indptr[row + 1]) && indptr[row + 1] >= indptr[row];
  }
  if (!ascends || indptr[rows] !== indices.length) {
    fail(`indptr does not fit ${rows} rows of ${indices.length} entries`);
  }
  for (let entry = 0; entry < indices.length; entry++) {
    if (isBelow(indices[entry], columns)) continue;
    fail(`indices: column ${indices[entry]} is outside the ${columns} columns`);
  }
  if (data.length !== indices.length) {
    fail(`data: expected ${indices.length} numbers, got ${data.length}`);
  }
  for (let entry = 0; entry < data.length; entry++) {
    if (!Number.isFinite(data[entry])) fail(`data: expected finite numbers, got ${data[entry]}`);
  }
}
