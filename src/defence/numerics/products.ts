/** @file Products of the pattern of clicks with vectors, on the host in float64. */

import type { SparseMatrix } from '../../data/sparse.ts';

/** `times(x)` is X x, `[users]` of `[items]`; `transposedTimes(y)` is Xᵀ y. Each entry counts 1. */
export interface Products {
  times(x: Float64Array): Float64Array;
  transposedTimes(y: Float64Array): Float64Array;
}

/** The products with clicks X `[users, items]`. */
export function productsWith({ rows, columns, indptr, indices }: SparseMatrix): Products {
  return {
    times: (x) => {
      const product = new Float64Array(rows);
      for (let row = 0; row < rows; row++) {
        let sum = 0;
        for (let e = indptr[row]; e < indptr[row + 1]; e++) sum += x[indices[e]];
        product[row] = sum;
      }
      return product;
    },
    transposedTimes: (y) => {
      const product = new Float64Array(columns);
      for (let row = 0; row < rows; row++) {
        const factor = y[row];
        for (let e = indptr[row]; e < indptr[row + 1]; e++) product[indices[e]] += factor;
      }
      return product;
    },
  };
}
