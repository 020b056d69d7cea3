/** @file The softmax and its kin along any axis, and cross-entropy with class numbers. */

import { add, mean, neg, sum, where } from '../ops/broadcasting.ts';
import { weigh } from '../ops/elementwise.ts';
import { oneHot } from '../ops/one-hot.ts';
import { reshape, transpose } from '../ops/view.ts';
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
 * as plain numbers or as a tensor `[…]`. A scalar. Throws a ShapeError at other shapes, and at numbers
 * on the host that are no class; others that are none make it, and the derivative of
 * their rows, NaN.
 */
export function crossEntropy(logits: Tensor, target: Tensor | ArrayLike<number>): Tensor {
  expectTensor('crossEntropy', logits, 0);
  const { shape } = logits;
  if (target instanceof Tensor && sameShape(target.shape, shape)) {
    return rows.crossEntropy(logits, target);
  }
  const count = shape[shape.length - 1];
  const known = target instanceof Tensor ? hostNumbers(target) : target;
  const hot =
    target instanceof Tensor && known
      ? reshape(oneHot(known, count), [...target.shape, count])
      : oneHot(target, count);
  if (!sameShape(hot.shape, shape)) {
    throw new ShapeError(
      `crossEntropy: logits ${showShape(shape)} need probabilities ${showShape(shape)} or ` +
        `classes ${showShape(shape.slice(0, -1))}, got ${showShape(hot.shape.slice(0, -1))}`,
    );
  }
  // Chosen, not multiplied: an absent class has the logarithm -inf, and 0 times that is NaN.
  const logs = sum(where(hot, rows.logSoftmax(logits), 0), -1);
  if (known) return neg(mean(logs));
  // The numbers are known to the device alone. A row without a class must not count as one without
  // loss, nor in the gradient, which is often all that is computed.
  const unknown = where(sum(hot, -1), 0, Number.NaN);
  return neg(mean(add(logs, weigh(unknown, sum(logits, -1)))));
}

const hostNumbers = ({ value }: Tensor) => (value && 'host' in value ? value.host : undefined);
