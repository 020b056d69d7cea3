/** @file The softmax and what is made of it, without overflow. */

import { abs, add, exp, less, log, max, mean, mul, sub, sum, where } from '../ops/broadcasting.ts';
import { stopGradient } from '../ops/view.ts';
import type { Tensor } from '../tape/tensor.ts';

/** More than the logarithm of any finite f64, because kernels cannot compare with infinity. */
const largestLog = 710;

/**
 * log of the sum of exponentials along the last axis, `[…, n]` to `[…, 1]`, without overflow.
 * Entries of -inf count as absent; a row of -inf alone gives -inf, with derivative 0, and a row
 * with an entry of inf gives inf.
 */
export function logSumExp(x: Tensor): Tensor {
  // The value and its derivative are the same for any shift, so the shift needs no gradient.
  const peak = stopGradient(max(x, -1, { keepDims: true }));
  const shift = where(less(largestLog, log(abs(peak))), 0, peak);
  const total = sum(exp(sub(x, shift)), -1, { keepDims: true });
  const some = less(0, total);
  // log has no derivative at 0, so a row of -inf takes only its value from this log.
  const none = stopGradient(log(total));
  return add(where(some, log(where(some, total, 1)), none), shift);
}

/** log of the softmax along the last axis, of any shape. */
export const logSoftmax = (x: Tensor): Tensor => sub(x, logSumExp(x));

/** The softmax along the last axis, of any shape: positive numbers that sum to 1. */
export const softmax = (x: Tensor): Tensor => exp(logSoftmax(x));

/**
 * The mean over rows of the cross-entropy between `probabilities` (rows that sum to 1) and the
 * softmax of `logits`, both `[rows, classes]`; a scalar.
 */
export const crossEntropy = (logits: Tensor, probabilities: Tensor): Tensor =>
  mean(sub(logSumExp(logits), sum(mul(probabilities, logits), -1, { keepDims: true })));
