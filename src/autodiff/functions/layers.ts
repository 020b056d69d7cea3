/** @file Layers of networks, composed of primitives. */

import { add, div, less, mul, sqrt, sum, where } from '../ops/broadcasting.ts';
import { matmul } from '../ops/matmul.ts';
import type { Tensor } from '../tape/tensor.ts';

/** x Wᵀ + b, for x `[n, in]`, W `[out, in]` and b `[out]`, as torch.nn.Linear stores them. */
export const linear = (x: Tensor, weight: Tensor, bias: Tensor): Tensor =>
  add(matmul(x, weight, { transposeB: true }), bias);

/** Divides each row, along the last axis, by its l2 norm; a row of zeros stays zero. */
export function normalizeRows(x: Tensor): Tensor {
  const norm = sqrt(sum(mul(x, x), -1, { keepDims: true }));
  return div(x, where(less(0, norm), norm, 1));
}
