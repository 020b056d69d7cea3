/** @file Layers of networks, composed of primitives. */

import { abs, add, div, less, max, mul, sqrt, square, sum, where } from '../ops/broadcasting.ts';
import { matmul } from '../ops/matmul.ts';
import { stopGradient } from '../ops/view.ts';
import type { Tensor } from '../tape/tensor.ts';

/** x Wᵀ + b, for x `[n, in]`, W `[out, in]` and b `[out]`, as torch.nn.Linear stores them. */
export const linear = (x: Tensor, weight: Tensor, bias: Tensor): Tensor =>
  add(matmul(x, weight, { transposeB: true }), bias);

/** Rows whose largest entry is between these have squares and derivatives well within f32. */
const squaresFit = { from: 2 ** -40, to: 2 ** 40 };

/**
 * Divides each row, along the last axis, by its l2 norm; a row of zeros stays zero. A row far from 1
 * is divided by its largest entry first, so that no square over- or underflows.
 */
export function normalizeRows(x: Tensor): Tensor {
  if (x.shape[x.shape.length - 1] === 0) return x;
  // A row that is scaled has the same direction, so the scale needs no gradient.
  const largest = stopGradient(max(abs(x), -1, { keepDims: true }));
  const far = add(less(largest, squaresFit.from), less(squaresFit.to, largest));
  const scaled = div(x, where(mul(less(0, largest), far), largest, 1));
  const norm = sqrt(sum(square(scaled), -1, { keepDims: true }));
  return div(scaled, where(less(0, norm), norm, 1));
}
