/** @file The softmax and what is made of it, without overflow. */

import {
  abs,
  add,
  div,
  equal,
  exp,
  less,
  lessEqual,
  log,
  log1p,
  max,
  mean,
  mul,
  neg,
  sub,
  sum,
  where,
} from '../ops/broadcasting.ts';
import { full } from '../ops/constant.ts';
import { weigh } from '../ops/elementwise.ts';
import { stopGradient } from '../ops/view.ts';
import type { Tensor } from '../tape/tensor.ts';
import { customVjp } from '../transforms/custom.ts';
import { largestLog } from './largest-log.ts';

const along = { keepDims: true };

/**
 * What a row is shifted by: its largest entry, or 0 where that is infinite. The results and their
 * derivatives are the same for any shift, so it needs no gradient.
 */
function shiftOf(x: Tensor): Tensor {
  const peak = stopGradient(max(x, -1, along));
  return where(less(largestLog, log(abs(peak))), 0, peak);
}

/**
 * The log of the sum of the exponentials of shifted rows. A sum near 1, that of a row with one entry
 * far above the others, would lose their digits beside the 1 of that entry. So they are summed
 * without these ones, and `log1p` adds all but one of them again.
 */
function logOfTotal(x: Tensor): Tensor {
  const shift = shiftOf(x);
  const apart = sum(sub(exp(sub(x, shift)), equal(x, shift)), -1, along);
  // Another comparison than above: one that both sums read would be stored.
  const ones = sum(lessEqual(shift, x), -1, along);
  return log1p(add(apart, sub(ones, 1)));
}

/** Its derivative needs no more than the sum itself; in a row of -inf alone it is 0. */
const logTotal: (x: Tensor) => Tensor = customVjp(logOfTotal, (ct, x) => {
  const terms = exp(sub(x, shiftOf(x)));
  const total = sum(terms, -1, along);
  const some = less(0, total);
  return mul(where(some, div(ct, where(some, total, 1)), 0), terms);
});

/**
 * log of the sum of exponentials along the last axis, `[…, n]` to `[…, 1]`, without overflow.
 * Entries of -inf count as absent; a row of -inf alone gives -inf, with derivative 0, and a row
 * with an entry of inf gives inf. A row without entries gives -inf.
 */
export function logSumExp(x: Tensor): Tensor {
  const rows = x.shape.slice(0, -1);
  if (x.shape[rows.length] === 0) return full([...rows, 1], Number.NEGATIVE_INFINITY);
  return add(logTotal(x), shiftOf(x));
}

/**
 * log of the softmax along the last axis, of any shape. The shift goes first, so that what all
 * entries of a row have in common, however large, costs no digits.
 */
export function logSoftmax(x: Tensor): Tensor {
  if (x.shape[x.shape.length - 1] === 0) return x;
  // With both signs changed: the difference of the total would be one value, stored for both.
  return sub(sub(0, logTotal(x)), sub(shiftOf(x), x));
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
