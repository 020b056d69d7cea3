/** @file Norms and moments: l2 norms without overflow, variances and standard deviations. */

import {
  abs,
  div,
  equal,
  less,
  log,
  max,
  mean,
  mul,
  sqrt,
  square,
  sub,
  sum,
  where,
} from '../ops/broadcasting.ts';
import { full } from '../ops/constant.ts';
import { type Axes, type ReduceOptions, reduction } from '../ops/reduction.ts';
import { stack } from '../ops/shapes.ts';
import { reshape, stopGradient } from '../ops/view.ts';
import { ShapeError, showShape, withoutAxes } from '../tape/shape.ts';
import type { Tensor } from '../tape/tensor.ts';
import { leaves, type Tree } from '../tape/tree.ts';
import { customVjp } from '../transforms/custom.ts';
import { largestLog } from './largest-log.ts';

/** The largest size of a cell along axes, kept; 1 where that is 0 or not finite. */
function scaleOf(x: Tensor, axes: Axes): Tensor {
  const peak = stopGradient(max(abs(x), axes, { keepDims: true }));
  const usable = mul(less(0, peak), less(log(where(less(0, peak), peak, 1)), largestLog));
  return where(usable, peak, 1);
}

/** `x` divided by its length, and its length in the same unit; a vector of zeros stays zero. */
function direction(x: Tensor, axes: Axes): { unit: Tensor; length: Tensor; scale: Tensor } {
  const scale = scaleOf(x, axes);
  const scaled = div(x, scale);
  const length = sqrt(sum(square(scaled), axes, { keepDims: true }));
  const none = equal(length, 0);
  return { unit: where(none, 0, div(scaled, where(none, 1, length))), length, scale };
}

/**
 * The l2 norm along `axes`, all if left out. Cells are scaled by the largest one, so that squares
 * neither overflow nor vanish. The derivative is the unit vector, and 0 at 0, where a norm has none:
 * to differentiate a squared norm there, take `sum(square(x))`. Throws a ShapeError at an axis that
 * the shape does not have.
 */
export function norm(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  const { over, keepDims } = reduction('norm', x, axes, options);
  if (x.size === 0) return sum(x, over, { keepDims });
  const lengths = customVjp<Tensor>(
    (at) => {
      const { length, scale } = direction(at, over);
      return mul(length, scale);
    },
    // A unit vector does not depend on the scale, so that its derivatives need none of the scale.
    (ct, at) => mul(ct, direction(at, over).unit),
  )(x);
  return keepDims ? lengths : reshape(lengths, withoutAxes(x.shape, over));
}

/** The l2 norm of all cells of a tree together, a scalar, as optax.global_norm; 0 of no tensor. */
export function globalNorm(tree: Tree): Tensor {
  const lengths = leaves(tree, 'globalNorm').map((leaf) => norm(leaf));
  return lengths.length > 0 ? norm(stack(lengths)) : full([], 0);
}

/** Options of `variance` and `std`. */
export interface VarianceOptions extends ReduceOptions {
  /** Divides by `n - correction`: 0 (the default, as NumPy) or 1 (unbiased, as PyTorch). */
  readonly correction?: number;
}

/** What `variance` and `std` are told, with what a sum of squares is divided by. */
function moment(op: string, x: Tensor, axes: Axes | undefined, options: VarianceOptions) {
  const { over, keepDims } = reduction(op, x, axes, options, 'correction');
  const { correction = 0 } = options;
  const n = over.reduce((cells, axis) => cells * x.shape[axis], 1);
  if (!(n > correction)) {
    throw new ShapeError(
      `${op}: ${n} cells with correction ${correction} in ${showShape(x.shape)}`,
    );
  }
  return { over, keepDims, divisor: n - correction };
}

/**
 * Distances from the mean. A mean of numbers that are large beside their distances is off by their
 * rounding, so that what is left of it is subtracted once more.
 */
function deviations(x: Tensor, axes: Axes): Tensor {
  const near = sub(x, stopGradient(mean(x, axes, { keepDims: true })));
  return sub(near, mean(near, axes, { keepDims: true }));
}

/**
 * The mean squared distance from the mean along `axes`, all if left out. Throws a ShapeError at an
 * axis that the shape does not have, and where `correction` leaves nothing to divide by.
 */
export function variance(x: Tensor, axes?: Axes, options: VarianceOptions = {}): Tensor {
  const { over, keepDims, divisor } = moment('variance', x, axes, options);
  return div(sum(square(deviations(x, over)), over, { keepDims }), divisor);
}

/**
 * The root of `variance`, also where that is beyond the range of the device; its derivative is 0
 * where all cells are equal. Throws as that does.
 */
export function std(x: Tensor, axes?: Axes, options: VarianceOptions = {}): Tensor {
  const { over, keepDims, divisor } = moment('std', x, axes, options);
  const apart = deviations(x, over);
  const scale = scaleOf(apart, over);
  const squares = sum(square(div(apart, scale)), over, { keepDims: true });
  const root = mul(sqrt(div(squares, divisor)), scale);
  return keepDims ? root : reshape(root, withoutAxes(x.shape, over));
}
