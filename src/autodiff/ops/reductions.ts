/** @file Reductions composed of others: least cells, their places, products, running sums. */

import { expectOptions } from '../tape/options.ts';
import { normalizeAxes, ShapeError, showShape, withoutAxes } from '../tape/shape.ts';
import { expectTensor, type Tensor, tensor } from '../tape/tensor.ts';
import { add, equal, max, mul, neg, sub, where } from './broadcasting.ts';
import { ones } from './constant.ts';
import { type Axes, type ReduceOptions, reduction } from './reduction.ts';
import { pad, reshape, sliceAlong } from './view.ts';

/** The smallest cell along `axes`, all if left out; shares and throws as `max` does. */
export function min(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  const { over, keepDims } = reduction('min', x, axes, options);
  return neg(max(neg(x), over, { keepDims }));
}

/** Beyond this many cells f32 does not hold every place. */
const countable = 2 ** 24;

/**
 * The place of the largest cell along an axis, negative from the end, or in row-major order of all
 * cells if left out; the first one of those that tie, and of those that are NaN. The result holds
 * whole numbers as a real tensor, because a device computes it; its derivative is 0, as that of all
 * comparisons. `oneHot` takes it; for `gather`, read it and make a `rowIndex` of its numbers.
 * Throws a ShapeError at an axis that is not there, has no cells, or more than 2^24.
 */
export function argmax(x: Tensor, axis?: number, options?: ReduceOptions): Tensor {
  return placeOfLargest('argmax', expectTensor('argmax', x, 0), axis, options);
}

/** The place of the smallest cell, as `argmax` has that of the largest. */
export function argmin(x: Tensor, axis?: number, options?: ReduceOptions): Tensor {
  return placeOfLargest('argmin', neg(expectTensor('argmin', x, 0)), axis, options);
}

function placeOfLargest(
  op: string,
  x: Tensor,
  axis: number | undefined,
  options: ReduceOptions = {},
): Tensor {
  expectOptions(op, options, ['keepDims']);
  const { keepDims = false } = options;
  const line = axis === undefined ? reshape(x, [x.size]) : x;
  const [along] = normalizeAxes(op, line.shape, axis ?? 0);
  const n = line.shape[along];
  if (n === 0 || n > countable) {
    throw new ShapeError(
      `${op}: expected 1 to 2^24 cells along axis ${along}, got ${showShape(x.shape)}`,
    );
  }
  const fromEnd = tensor(
    Float64Array.from({ length: n }, (_, k) => n - 1 - k),
    line.shape.map((_, other) => (other === along ? n : 1)),
  );
  // Where a cell is NaN the maximum is, and equals nothing; such a cell counts as the largest.
  const largest = equal(line, max(line, along, { keepDims: true }));
  const wins = add(largest, sub(1, equal(line, line)));
  const place = sub(n - 1, max(where(wins, fromEnd, -1), along, { keepDims: true }));
  const kept = x.shape.map((size, other) => (axis === undefined || other === along ? 1 : size));
  if (keepDims) return reshape(place, kept);
  return reshape(place, axis === undefined ? [] : x.shape.toSpliced(along, 1));
}

/**
 * The product along `axes`, all if left out, by halves. Its derivatives are products of the other
 * cells, without a division, so that cells of 0 have the right ones. No cells have the product 1.
 * Throws a ShapeError at an axis that the shape does not have.
 */
export function prod(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  const { over, keepDims } = reduction('prod', x, axes, options);
  let product = x;
  for (const axis of over) product = productAlong(product, axis);
  return keepDims ? product : reshape(product, withoutAxes(x.shape, over));
}

function productAlong(x: Tensor, axis: number): Tensor {
  if (x.shape[axis] === 0) return ones(x.shape.with(axis, 1));
  let [product, odd]: [Tensor, Tensor | null] = [x, null];
  for (let n = x.shape[axis]; n > 1; n = product.shape[axis]) {
    const half = n >> 1;
    if (n % 2 === 1) {
      const last = sliceAlong(product, axis, n - 1, n);
      odd = odd ? mul(odd, last) : last;
    }
    product = mul(sliceAlong(product, axis, 0, half), sliceAlong(product, axis, half, 2 * half));
  }
  return odd ? mul(product, odd) : product;
}

/**
 * The sums of the cells up to each one along an axis, or of all cells in row-major order if left
 * out. Each is taken as a tree, in about log2(n) additions one after the other (Hillis & Steele
 * 1986), so that it runs in parallel and its rounding error grows slowly. Throws a ShapeError at an
 * axis that the shape does not have.
 */
export function cumsum(x: Tensor, axis?: number): Tensor {
  expectTensor('cumsum', x, 0);
  const line = axis === undefined ? reshape(x, [x.size]) : x;
  const [along] = normalizeAxes('cumsum', line.shape, axis ?? 0);
  const n = line.shape[along];
  const none = line.shape.map(() => 0);
  let sums = line;
  for (let by = 1; by < n; by *= 2) {
    sums = add(sums, pad(sliceAlong(sums, along, 0, n - by), none.with(along, by), none));
  }
  return sums;
}
