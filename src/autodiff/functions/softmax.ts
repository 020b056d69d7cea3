/** @file The softmax and what is made of it, without overflow. */

import {
  abs,
  add,
  equal,
  exp,
  less,
  lessEqual,
  log,
  log1p,
  max,
  mean,
  neg,
  sub,
  sum,
  where,
} from '../ops/broadcasting.ts';
import { full } from '../ops/constant.ts';
import { weigh } from '../ops/elementwise.ts';
import { stopGradient } from '../ops/view.ts';
import type { Tensor } from '../tape/tensor.ts';

/** More than the logarithm of any finite f64, because kernels cannot compare with infinity. */
const largestLog = 710;

interface Parts {
  /** What the row is shifted by: its largest entry, or 0 where that is infinite. */
  readonly shift: Tensor;
  /** The log of the sum of the shifted row's exponentials. */
  readonly logTotal: Tensor;
}

/**
 * A total near 1, that of a row with one entry far above the others, would lose their digits beside
 * the 1 of that entry. So the exponentials are summed without the ones of the entries that the row
 * is shifted by, and `log1p` adds these: their number less 1.
 */
function partsOf(x: Tensor): Parts {
  const along = { keepDims: true };
  // The value and its derivative are the same for any shift, so the shift needs no gradient.
  const peak = stopGradient(max(x, -1, along));
  const shift = where(less(largestLog, log(abs(peak))), 0, peak);
  const apart = sum(sub(exp(sub(x, shift)), equal(x, shift)), -1, along);
  // Another comparison than above: one that both sums read would be stored.
  const count = sum(lessEqual(shift, x), -1, along);
  const others = add(apart, sub(count, 1));
  const some = less(-1, others);
  // log1p has no derivative at -1, so a row of -inf takes only its value from this one.
  const none = stopGradient(log1p(others));
  return { shift, logTotal: where(some, log1p(where(some, others, 0)), none) };
}

/**
 * log of the sum of exponentials along the last axis, `[…, n]` to `[…, 1]`, without overflow.
 * Entries of -inf count as absent; a row of -inf alone gives -inf, with derivative 0, and a row
 * with an entry of inf gives inf. A row without entries gives -inf.
 */
export function logSumExp(x: Tensor): Tensor {
  const rows = x.shape.slice(0, -1);
  if (x.shape[rows.length] === 0) return full([...rows, 1], Number.NEGATIVE_INFINITY);
  const { shift, logTotal } = partsOf(x);
  return add(logTotal, shift);
}

/**
 * log of the softmax along the last axis, of any shape. The shift goes first, so that what all
 * entries of a row have in common, however large, costs no digits.
 */
export function logSoftmax(x: Tensor): Tensor {
  if (x.shape[x.shape.length - 1] === 0) return x;
  const { shift, logTotal } = partsOf(x);
  // With both signs changed: the difference of the total would be one value, stored for both.
  return sub(sub(0, logTotal), sub(shift, x));
}

/** The softmax along the last axis, of any shape: positive numbers that sum to 1. */
export const softmax = (x: Tensor): Tensor => exp(logSoftmax(x));

/**
 * The mean over rows of the cross-entropy -Σ p log q between `probabilities` p (rows that sum to 1)
 * and the softmax q of `logits`, both `[rows, classes]`; a scalar. A class of probability 0 adds 0,
 * even where its logit is -inf.
 */
export const crossEntropy = (logits: Tensor, probabilities: Tensor): Tensor =>
  neg(mean(sum(weigh(probabilities, logSoftmax(logits)), -1)));
