/** @file The softmax and its kin along any axis, and cross-entropy with class numbers. */

import { mean, neg, sum, where } from '../ops/broadcasting.ts';
import { oneHot } from '../ops/one-hot.ts';
import { transpose } from '../ops/view.ts';
import { normalizeAxes, ShapeError, sameShape, showShape } from '../tape/shape.ts';
import { expectTensor, Tensor } from '../tape/tensor.ts';
import * as rows from './softmax.ts';

/** A function along the last axis as one along any: the axis changes places with the last. */
const alongAxis =
  (name: string, fn: (x: Tensor) => Tensor) =>
  (x: Tensor, axis = -1): Tensor => {
    const [along] = normalizeAxes(name, expectTensor(name, x, 0).shape, axis);
    const last = x.shape.length - 1;
    if (along === last) return fn(x);
    const order = x.shape.map((_, i) => (i === along ? last : i === last ? along : i));
    return transpose(fn(transpose(x, order)), order);
  };

/**
 * log of the sum of exponentials along an axis, the last one if left out, which keeps size 1;
 * without overflow. Entries of -inf count as absent; -inf alone give -inf, with derivative 0, and an
 * entry of inf gives inf.
 */
export const logSumExp = alongAxis('logSumExp', rows.logSumExp);

/** log of the softmax along an axis, the last one if left out. */
export const logSoftmax = alongAxis('logSoftmax', rows.logSoftmax);

/** The softmax along an axis, the last one if left out: positive numbers that sum to 1. */
export const softmax = alongAxis('softmax', rows.softmax);

/**
 * The mean over rows of the cross-entropy between the softmax of `logits` `[…, classes]` and what
 * is to be told: probabilities of the same shape (rows that sum to 1), or class numbers, one a row,
 * as plain numbers or as a tensor `[…]`. A scalar. Throws a ShapeError at other shapes, and at plain
 * numbers that are no class.
 */
export function crossEntropy(logits: Tensor, target: Tensor | ArrayLike<number>): Tensor {
  expectTensor('crossEntropy', logits, 0);
  if (target instanceof Tensor && target.shape.length === logits.shape.length) {
    return rows.crossEntropy(logits, target);
  }
  const batch = logits.shape.slice(0, -1);
  const hot = oneHot(target, logits.shape[logits.shape.length - 1]);
  if (!sameShape(hot.shape, logits.shape)) {
    throw new ShapeError(
      `crossEntropy: logits ${showShape(logits.shape)} need classes ${showShape(batch)}, ` +
        `got ${showShape(hot.shape.slice(0, -1))}`,
    );
  }
  // Chosen, not multiplied: an absent class has the logarithm -inf, and 0 times that is NaN.
  return neg(mean(sum(where(hot, rows.logSoftmax(logits), 0), -1)));
}
