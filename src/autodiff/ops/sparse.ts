/** @file Products over a fixed CSR pattern: `spmm` and `sddmm` are each other's adjoints. */

import { binary } from '../kernel/expression.ts';
import { add, int } from '../kernel/index-expression.ts';
import { type Cell, define, type Reads } from '../tape/primitive.ts';
import { type Shape, ShapeError, showShape } from '../tape/shape.ts';
import { indexTensor, type Tensor } from '../tape/tensor.ts';
import { invert } from './gather.ts';

/**
 * Where the entries of a sparse matrix stand, by rows and by columns. Entry `e` is at
 * (`row[e]`, `column[e]`), rows ascending; row `r` holds the entries `rowStart[r]` up to
 * `rowStart[r + 1]`. Column `c` holds, in the order of rows, the entries `order[p]` for `p` from
 * `columnStart[c]`, and `rowByColumn[p]` is the row of `order[p]`.
 */
export type SparsePattern = {
  readonly rowStart: Tensor;
  readonly row: Tensor;
  readonly column: Tensor;
  readonly columnStart: Tensor;
  readonly order: Tensor;
  readonly rowByColumn: Tensor;
};

/** CSR index arrays, as a sparse matrix on the host holds them. */
export interface CompressedRows {
  readonly rows: number;
  readonly columns: number;
  readonly indptr: Int32Array;
  readonly indices: Int32Array;
}

/**
 * The pattern of a CSR matrix. With `capacity` beyond its entries it is padded with entries at
 * (0, 0) that no row or column holds, so that batches of different size share one plan. `sddmm`
 * computes them nevertheless: give those entries weight 0 wherever values are summed directly,
 * and wherever the values given to `spmm` are themselves differentiated.
 */
export function sparsePattern(matrix: CompressedRows, capacity?: number): SparsePattern {
  const { rows, columns, indptr, indices } = matrix;
  const count = indices.length;
  // A tensor has at least one cell: a matrix without entries holds one entry of padding.
  const size = Math.max(capacity ?? count, 1);
  if (size < count) {
    throw new ShapeError(`sparsePattern: capacity ${size} is below the ${count} entries`);
  }
  const padded = (source: Int32Array) => {
    const target = new Int32Array(size);
    target.set(source);
    return indexTensor(target);
  };
  const row = new Int32Array(count);
  for (let r = 0; r < rows; r++) row.fill(r, indptr[r], indptr[r + 1]);
  const { start, order } = invert(indices, columns);
  return {
    rowStart: indexTensor(Int32Array.from(indptr)),
    row: padded(row),
    column: padded(indices),
    columnStart: indexTensor(start),
    order: padded(order),
    rowByColumn: padded(order.map((entry) => row[entry])),
  };
}

const tensorsOf = (p: SparsePattern): readonly Tensor[] => [
  p.rowStart,
  p.row,
  p.column,
  p.columnStart,
  p.order,
  p.rowByColumn,
];

const patternOf = (inputs: readonly Tensor[]): SparsePattern => {
  const [, , rowStart, row, column, columnStart, order, rowByColumn] = inputs;
  return { rowStart, row, column, columnStart, order, rowByColumn };
};

const noPattern = [null, null, null, null, null, null] as const;

function checkShapes(op: string, inputs: readonly Shape[], transposed: boolean): Shape {
  const [values, dense, rowStart, , column, columnStart] = inputs;
  const rows = rowStart[0] - 1;
  const columns = columnStart[0] - 1;
  const [result, inner] = transposed ? [columns, rows] : [rows, columns];
  if (values.length !== 1 || values[0] !== column[0] || dense.length !== 2 || dense[0] !== inner) {
    throw new ShapeError(
      `${op}: a ${rows} x ${columns} pattern of ${column[0]} entries does not fit values ` +
        `${showShape(values)} and matrix ${showShape(dense)}`,
    );
  }
  return [result, dense[1]];
}

const bounds = (start: Cell, at: Parameters<Cell['entry']>[0][number], count: number) => ({
  from: start.entry([at], count + 1),
  to: start.entry([add(at, int(1))], count + 1),
});

const rowProduct = define({
  name: 'spmm',
  family: 'fold',
  shape: (inputs) => checkShapes('spmm', inputs, false),
  cell: ([y, x], [values, dense, rowStart, , column], _attributes, fold) => {
    const count = values.shape[0];
    return fold(
      'sum',
      count,
      (e) => binary('mul', values.read([e]), dense.read([column.entry([e], dense.shape[0]), x])),
      bounds(rowStart, y, count),
    );
  },
  vjp: (ct, _out, inputs) => {
    const [values, dense] = inputs;
    const pattern = patternOf(inputs);
    return [sddmm(pattern, ct, dense), spmmTransposed(pattern, values, ct), ...noPattern];
  },
  reads: (): Reads[] => ['many', 'many', 'many', 'never', 'many', 'never', 'never', 'never'],
});

/** S D for the sparse S with `values` on `pattern`: `[entries]`, `[columns,k]` to `[rows,k]`. */
export const spmm = (pattern: SparsePattern, values: Tensor, dense: Tensor): Tensor =>
  rowProduct([values, dense, ...tensorsOf(pattern)], {});

const columnProduct = define({
  name: 'spmmTransposed',
  family: 'fold',
  shape: (inputs) => checkShapes('spmmTransposed', inputs, true),
  cell: ([y, x], inputs, _attributes, fold) => {
    const [values, dense, , , , columnStart, order, rowByColumn] = inputs;
    const count = values.shape[0];
    return fold(
      'sum',
      count,
      (p) =>
        binary(
          'mul',
          values.read([order.entry([p], count)]),
          dense.read([rowByColumn.entry([p], dense.shape[0]), x]),
        ),
      bounds(columnStart, y, count),
    );
  },
  vjp: (ct, _out, inputs) => {
    const [values, dense] = inputs;
    const pattern = patternOf(inputs);
    return [sddmm(pattern, dense, ct), spmm(pattern, values, ct), ...noPattern];
  },
  reads: (): Reads[] => ['many', 'many', 'never', 'never', 'never', 'many', 'many', 'many'],
});

/** Sᵀ D for the sparse S with `values` on `pattern`: `[entries]`, `[rows,k]` to `[columns,k]`. */
export const spmmTransposed = (pattern: SparsePattern, values: Tensor, dense: Tensor): Tensor =>
  columnProduct([values, dense, ...tensorsOf(pattern)], {});

const sampledProduct = define({
  name: 'sddmm',
  family: 'fold',
  shape: ([p, q, rowStart, row, , columnStart]) => {
    const rows = rowStart[0] - 1;
    const columns = columnStart[0] - 1;
    const fits = p.length === 2 && q.length === 2 && p[1] === q[1];
    if (!fits || p[0] !== rows || q[0] !== columns) {
      throw new ShapeError(
        `sddmm: a ${rows} x ${columns} pattern does not fit ${showShape(p)} and ${showShape(q)}`,
      );
    }
    return [row[0]];
  },
  cell: ([e], [p, q, , row, column], _attributes, fold) =>
    fold('sum', p.shape[1], (k) =>
      binary(
        'mul',
        p.read([row.entry([e], p.shape[0]), k]),
        q.read([column.entry([e], q.shape[0]), k]),
      ),
    ),
  vjp: (ct, _out, inputs) => {
    const [p, q] = inputs;
    const pattern = patternOf(inputs);
    return [spmm(pattern, ct, q), spmmTransposed(pattern, ct, p), ...noPattern];
  },
  reads: (): Reads[] => ['many', 'many', 'never', 'many', 'many', 'never', 'never', 'never'],
});

/** The entries of P Qᵀ that stand on `pattern`: `[rows,k]`, `[columns,k]` to `[entries]`. */
export const sddmm = (pattern: SparsePattern, p: Tensor, q: Tensor): Tensor =>
  sampledProduct([p, q, ...tensorsOf(pattern)], {});
