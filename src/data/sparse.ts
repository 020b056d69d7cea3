/** @file Sparse matrices. */
export interface SparseMatrix {
  rows: number;
  columns: number;
  indptr: Int32Array;
  indices: Int32Array;
  values: Float64Array;
}
export function fromPairs(pairs: [number, number][], rows: number, columns: number): SparseMatrix {
  const d = new Float64Array(rows * columns);
  for (const [r, c] of pairs) d[r * columns + c] = 1;
  return fromDense(d, rows, columns);
}
export function fromDense(d: Float64Array, rows: number, columns: number): SparseMatrix {
  const indptr = new Int32Array(rows + 1);
  const indices: number[] = [];
  const values: number[] = [];
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++)
      if (d[r * columns + c] !== 0) {
        indices.push(c);
        values.push(d[r * columns + c]);
      }
    indptr[r + 1] = indices.length;
  }
  return {
    rows,
    columns,
    indptr,
    indices: Int32Array.from(indices),
    values: Float64Array.from(values),
  };
}
export function toDense(m: SparseMatrix): Float64Array {
  const d = new Float64Array(m.rows * m.columns);
  for (let r = 0; r < m.rows; r++)
    for (let e = m.indptr[r]; e < m.indptr[r + 1]; e++)
      d[r * m.columns + m.indices[e]] = m.values[e];
  return d;
}
export function transpose(m: SparseMatrix): SparseMatrix {
  const d = toDense(m);
  const t = new Float64Array(d.length);
  for (let r = 0; r < m.rows; r++)
    for (let c = 0; c < m.columns; c++) t[c * m.rows + r] = d[r * m.columns + c];
  return fromDense(t, m.columns, m.rows);
}
