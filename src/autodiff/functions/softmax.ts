/** @file Functions composed of primitives: softmax, cross-entropy, linear layers, row norms. */

import {
  abs,
  add,
  div,
  exp,
  less,
  log,
  max,
  mean,
  mul,
  sqrt,
  sub,
  sum,
  where,
} from '../ops/broadcasting.ts';
import { matmul } from '../ops/matmul.ts';
import { stopGradient } from '../ops/view.ts';
import type { Tensor } from '../tape/tensor.ts';

/** No finite number has a larger logarithm, in f64 either; kernels cannot compare with infinity. */
const largestLog = 710;

/**
 * log of the sum of exponentials along the last axis, `[…, n]` to `[…, 1]`, without overflow.
 * Entries of -inf count as absent; a row of -inf alone gives -inf, with derivative 0, and a row
 * with an entry of inf gives inf.
 */
export function logSumExp(x: Tensor): Tensor {
  // Any shift gives the same value and derivative, so it needs no gradient of its own.
  const peak = stopGradient(max(x, -1, { keepDims: true }));
  const shift = where(less(largestLog, log(abs(peak))), 0, peak);
  const total = sum(exp(sub(x, shift)), -1, { keepDims: true });
  const some = less(0, total);
  // log has no derivative at 0: an empty row takes its value alone from there.
  const none = stopGradient(log(total));
  return add(where(some, log(where(some, total, 1)), none), shift);
}

/** log of the softmax along the last axis. */
export const logSoftmax = (x: Tensor): Tensor => sub(x, logSumExp(x));

/** The softmax along the last axis. */
export const softmax = (x: Tensor): Tensor => exp(logSoftmax(x));

/**
 * The mean over rows of the cross-entropy between `probabilities` (rows that sum to 1) and the
 * softmax of `logits`, both `[rows, classes]`.
 */
export const crossEntropy = (logits: Tensor, probabilities: Tensor): Tensor =>
  mean(sub(logSumExp(logits), sum(mul(probabilities, logits), -1, { keepDims: true })));

/** x Wᵀ + b, for x `[n, in]`, W `[out, in]` and b `[out]`, as torch.nn.Linear stores them. */
export const linear = (x: Tensor, weight: Tensor, bias: Tensor): Tensor =>
  add(matmul(x, weight, { transposeB: true }), bias);

/** Divides each row by its l2 norm; a row of zeros stays zero. */
export function normalizeRows(x: Tensor): Tensor {
  const norm = sqrt(sum(mul(x, x), -1, { keepDims: true }));
  return div(x, where(less(0, norm), norm, 1));
}
