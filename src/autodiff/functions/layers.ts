/** @file Layers of networks, composed of primitives. */

import { abs, add, div, equal, less, mul, sqrt, sum, where } from '../ops/broadcasting.ts';
import { matmul } from '../ops/matmul.ts';
import { stopGradient } from '../ops/view.ts';
import type { Tensor } from '../tape/tensor.ts';

/** x Wᵀ + b, for x `[n, in]`, W `[out, in]` and b `[out]`, as torch.nn.Linear stores them. */
export const linear = (x: Tensor, weight: Tensor, bias: Tensor): Tensor =>
  add(matmul(x, weight, { transposeB: true }), bias);

/**
 * A power of two by which rows can be multiplied, exactly, so that their squares are well within the
 * numbers, by their l1 norms. That is up to 2^25 times the largest entry, for which the ranges
 * overlap. The outer two are for f64; f32 has no such numbers.
 */
function scaleFor(norm: Tensor): Tensor {
  const small = mul(less(0, norm), less(norm, 2 ** -35));
  const up = where(less(norm, 2 ** -300), 2 ** 700, 2 ** 95);
  const down = where(less(2 ** 300, norm), 2 ** -600, 2 ** -80);
  return where(small, up, where(less(2 ** 55, norm), down, 1));
}

/** Divides each row, along the last axis, by its l2 norm; a row of zeros stays zero. */
export function normalizeRows(x: Tensor): Tensor {
  // A row that is scaled has the same direction, so the scale needs no gradient.
  const scale = scaleFor(stopGradient(sum(abs(x), -1, { keepDims: true })));
  // One product written in three ways: as one value it would be stored for its three uses.
  const squares = mul(mul(x, scale), mul(scale, x));
  const norm = sqrt(sum(squares, -1, { keepDims: true }));
  return div(div(x, div(1, scale)), where(equal(norm, 0), 1, norm));
}
