/** @file Products over a fixed sparse pattern: `spmm` and `sddmm` are each other's adjoints. */

import { binary } from '../kernel/expression.ts';
import { add, type Index, int } from '../kernel/index-expression.ts';
import { type Cell, defineIndexed } from '../tape/primitive.ts';
import { expectShape, type Shape, ShapeError, showShape } from '../tape/shape.ts';
import { expectAddresses, ownAddresses, type Tensor, tensor } from '../tape/tensor.ts';
import { expectOneLength, expectPadding, invert, withoutPadding } from './gather.ts';

/**
 * The positions of the entries of a sparse matrix, by rows and by columns. Entry `e` is at
 * (`row[e]`, `column[e]`), rows ascending; row `r` holds the entries `rowStart[r]` up to
 * `rowStart[r + 1]`. Column `c` holds, in the order of rows, the entries `order[p]` for `p` from
 * `columnStart[c]`, and `rowByColumn[p]` is the row of `order[p]`. Of a pattern with a capacity,
 * `named` is 1 for each entry of the matrix and 0 for the padding after them.
 */
export type SparsePattern = {
  readonly rowStart: Tensor;
  readonly row: Tensor;
  readonly column: Tensor;
  readonly columnStart: Tensor;
  readonly order: Tensor;
  readonly rowByColumn: Tensor;
  readonly named?: Tensor;
};

/** The index arrays of a sparse matrix in CSR format, on the host. */
export interface CompressedRows {
  readonly rows: number;
  readonly columns: number;
  readonly indptr: Int32Array;
  readonly indices: Int32Array;
}

/**
 * The pattern of a CSR matrix. A `capacity` beyond its entries pads it with entries that belong to
 * no row or column, so that batches of different size share one plan: `sddmm` gives 0 there, `spmm`
 * and `spmmTransposed` ignore what is there. Throws a ShapeError if the capacity is too small, or if the matrix is not in CSR format: `indptr` from 0 to the number of entries, never
 * falling, and `indices` below `columns`. Entries of one row and column add up.
 */
export function sparsePattern(matrix: CompressedRows, capacity?: number): SparsePattern {
  expectCompressedRows(matrix);
  const { rows, columns, indptr, indices } = matrix;
  if (capacity !== undefined) expectShape('sparsePattern: capacity', [capacity]);
  const count = indices.length;
  const size = capacity ?? count;
  if (size < count) {
    throw new ShapeError(`sparsePattern: capacity ${size} is below the ${count} entries`);
  }
  // Each step of a training makes a pattern: lists are made at their size, and none is copied twice.
  const [row, column, rowByColumn] = Array.from({ length: 3 }, () => new Int32Array(size));
  for (let r = 0; r < rows; r++) row.fill(r, indptr[r], indptr[r + 1]);
  column.set(indices);
  const { start, order } = invert(indices, columns, size);
  for (let p = 0; p < count; p++) rowByColumn[p] = row[order[p]];
  return {
    rowStart: ownAddresses(Int32Array.from(indptr)),
    row: ownAddresses(row),
    column: ownAddresses(column),
    columnStart: ownAddresses(start),
    order: ownAddresses(order),
    rowByColumn: ownAddresses(rowByColumn),
    // A full pattern has them too: it shares a plan with those that are not.
    ...(capacity !== undefined && { named: tensor(new Float32Array(size).fill(1, 0, count)) }),
  };
}

function expectCompressedRows(matrix: CompressedRows): void {
  const { rows, columns, indptr, indices } = matrix ?? {};
  expectShape('sparsePattern: rows and columns', [rows, columns]);
  expectAddresses('sparsePattern: indptr', indptr);
  expectAddresses('sparsePattern: indices', indices);
  if (indptr.length !== rows + 1 || indptr[0] !== 0 || indptr[rows] !== indices.length) {
    throw new ShapeError(
      `sparsePattern: indptr of ${rows} rows and ${indices.length} entries: expected ${rows + 1} ` +
        `numbers from 0 to ${indices.length}, got ${indptr.length} from ${indptr[0]} to ` +
        `${indptr[indptr.length - 1]}`,
    );
  }
  for (let row = 0; row < rows; row++) {
    if (indptr[row] > indptr[row + 1]) {
      throw new ShapeError(`sparsePattern: indptr falls after row ${row}`);
    }
    for (let e = indptr[row]; e < indptr[row + 1]; e++) {
      const column = indices[e];
      if (column >= 0 && column < columns) continue;
      throw new ShapeError(
        `sparsePattern: row ${row}: expected columns below ${columns}, got ${column} at entry ${e}`,
      );
    }
  }
}

/** The index of the products below. */
const patternTensors = [
  'rowStart',
  'row',
  'column',
  'columnStart',
  'order',
  'rowByColumn',
  'named',
] as const satisfies readonly (keyof SparsePattern)[];

type Shapes<N extends string> = { readonly [name in N]: Shape };

const weights = ['named'] as const;

/** Rows and columns of a pattern. Throws a ShapeError if its lists are not of one length. */
function dimensions(name: string, shapes: Shapes<keyof SparsePattern>) {
  const { rowStart, columnStart, row, column, order, rowByColumn, named } = shapes;
  expectOneLength(name, { row, column, order, rowByColumn });
  expectPadding(name, { row, named });
  return { rows: rowStart[0] - 1, columns: columnStart[0] - 1 };
}

function productShape(
  name: string,
  shapes: Shapes<'values' | 'dense' | keyof SparsePattern>,
  transposed: boolean,
): Shape {
  const { values, dense, column } = shapes;
  const { rows, columns } = dimensions(name, shapes);
  const [result, inner] = transposed ? [columns, rows] : [rows, columns];
  if (values.length !== 1 || values[0] !== column[0] || dense.length !== 2 || dense[0] !== inner) {
    throw new ShapeError(
      `${name}: a ${rows} x ${columns} pattern of ${column[0]} entries does not fit values ` +
        `${showShape(values)} and matrix ${showShape(dense)}`,
    );
  }
  return [result, dense[1]];
}

/** The bounds of a fold over the entries of one row or column. */
const entriesOf = (start: Cell, line: Index, count: number) => ({
  from: start.entry([line], count + 1),
  to: start.entry([add(line, int(1))], count + 1),
});

const rowProduct = defineIndexed({
  name: 'spmm',
  family: 'fold',
  inputs: ['values', 'dense'],
  index: patternTensors,
  weights,
  reads: { values: 'many', dense: 'many', rowStart: 'many', column: 'many' },
  shape: (shapes) => productShape('spmm', shapes, false),
  cell: ([y, x], { values, dense, rowStart, column }, fold) => {
    const count = values.shape[0];
    return fold(
      'sum',
      count,
      (e) => binary('mul', values.read([e]), dense.read([column.entry([e], dense.shape[0]), x])),
      entriesOf(rowStart, y, count),
    );
  },
  vjp: (ct, { values, dense }, pattern) => ({
    values: sddmm(pattern, ct, dense),
    dense: spmmTransposed(pattern, values, ct),
  }),
});

/**
 * S D for the sparse S with `values` on `pattern`: `[entries]`, `[columns,k]` to `[rows,k]`.
 * Throws a ShapeError if the shapes do not fit.
 */
export const spmm = (pattern: SparsePattern, values: Tensor, dense: Tensor): Tensor =>
  rowProduct({ values, dense }, pattern);

const columnProduct = defineIndexed({
  name: 'spmmTransposed',
  family: 'fold',
  inputs: ['values', 'dense'],
  index: patternTensors,
  weights,
  reads: { values: 'many', dense: 'many', columnStart: 'many', order: 'many', rowByColumn: 'many' },
  shape: (shapes) => productShape('spmmTransposed', shapes, true),
  cell: ([y, x], { values, dense, columnStart, order, rowByColumn }, fold) => {
    const count = values.shape[0];
    const term = (p: Index) => {
      const value = values.read([order.entry([p], count)]);
      return binary('mul', value, dense.read([rowByColumn.entry([p], dense.shape[0]), x]));
    };
    return fold('sum', count, term, entriesOf(columnStart, y, count));
  },
  vjp: (ct, { values, dense }, pattern) => ({
    values: sddmm(pattern, dense, ct),
    dense: spmm(pattern, values, ct),
  }),
});

/**
 * Sᵀ D for the sparse S with `values` on `pattern`: `[entries]`, `[rows,k]` to `[columns,k]`.
 * Throws a ShapeError if the shapes do not fit.
 */
export const spmmTransposed = (pattern: SparsePattern, values: Tensor, dense: Tensor): Tensor =>
  columnProduct({ values, dense }, pattern);

const sampledProduct = defineIndexed({
  name: 'sddmm',
  family: 'fold',
  inputs: ['p', 'q'],
  index: patternTensors,
  weights,
  reads: { p: 'many', q: 'many', row: 'many', column: 'many' },
  shape: (shapes) => {
    const { p, q, row } = shapes;
    const { rows, columns } = dimensions('sddmm', shapes);
    const fits = p.length === 2 && q.length === 2 && p[1] === q[1];
    if (!fits || p[0] !== rows || q[0] !== columns) {
      throw new ShapeError(
        `sddmm: a ${rows} x ${columns} pattern does not fit ${showShape(p)} and ${showShape(q)}`,
      );
    }
    return [row[0]];
  },
  cell: ([e], { p, q, row, column }, fold) =>
    fold('sum', p.shape[1], (k) =>
      binary(
        'mul',
        p.read([row.entry([e], p.shape[0]), k]),
        q.read([column.entry([e], q.shape[0]), k]),
      ),
    ),
  vjp: (ct, { p, q }, pattern) => ({
    p: spmm(pattern, ct, q),
    q: spmmTransposed(pattern, ct, p),
  }),
});

/**
 * The entries of P Qᵀ on `pattern`, and zeros at its padding: `[rows,k]`, `[columns,k]` to
 * `[entries]`. Throws a ShapeError if the shapes do not fit.
 */
export const sddmm = (pattern: SparsePattern, p: Tensor, q: Tensor): Tensor =>
  withoutPadding(sampledProduct({ p, q }, pattern), pattern.named);
