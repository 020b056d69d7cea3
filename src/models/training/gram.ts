/** @file The Gram matrix of a table of factors. */

import { matmul, type Tensor } from '../../autodiff/index.ts';

/** xᵀy of tables of as many rows: for `x` alone the sum of x xᵀ over its rows, `[K, K]`. */
export const gram = (x: Tensor, y = x): Tensor => matmul(x, y, { transposeA: true });
