/** @file Constants made of places: counted numbers, the identity matrix, one-hot rows. */

import { ShapeError } from '../tape/shape.ts';
import { showValue } from '../tape/show-value.ts';
import { Tensor, tensor } from '../tape/tensor.ts';
import { equal } from './broadcasting.ts';
import { reshape } from './view.ts';

/** No typed array of float64 is longer on all engines. */
const mostNumbers = 2 ** 31 - 1;

/**
 * The numbers from `start` (0 if only `stop` is given) by `step` up to before `stop`, as a vector.
 * Throws a ShapeError at a step of 0, at ends that are not finite, and at 2^31 numbers or more.
 */
export function arange(stop: number): Tensor;
export function arange(start: number, stop: number, step?: number): Tensor;
export function arange(first: number, second?: number, step = 1): Tensor {
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  const wrong = [start, stop, step].find((end) => typeof end !== 'number');
  if (wrong !== undefined || first === undefined) {
    throw new ShapeError(`arange: expected numbers, got ${showValue(wrong)}`);
  }
  const length = Math.max(Math.ceil((stop - start) / step), 0);
  if (!Number.isFinite(length) || !Number.isFinite(start)) {
    throw new ShapeError(`arange: cannot count from ${start} to ${stop} by ${step}`);
  }
  if (length > mostNumbers) throw new ShapeError(`arange: ${length} numbers are too many`);
  return tensor(Float64Array.from({ length }, (_, i) => start + i * step));
}

function expectCount(op: string, name: string, count: number): void {
  if (!Number.isInteger(count) || count < 0) {
    throw new ShapeError(`${op}: ${name}: expected a whole number from 0, got ${showValue(count)}`);
  }
}

/** The identity matrix `[rows, columns]`, square if only `rows` is given. */
export function eye(rows: number, columns = rows): Tensor {
  expectCount('eye', 'rows', rows);
  expectCount('eye', 'columns', columns);
  return equal(reshape(arange(rows), [rows, 1]), arange(columns));
}

/** Whole numbers from 0 that f32 tells apart. */
const mostClasses = 2 ** 24;

/**
 * Rows that are 1 at the place of a class and 0 elsewhere: classes `[…]` to `[…, count]`. Numbers
 * are class numbers from 0 to `count - 1`; any other throws a ShapeError. A tensor, such as
 * `argmax` gives, holds numbers of which those that are no class have a row of zeros; its
 * derivative is 0.
 */
export function oneHot(classes: Tensor | ArrayLike<number>, count: number): Tensor {
  expectCount('oneHot', 'count', count);
  if (count > mostClasses) {
    throw new ShapeError(`oneHot: f32 tells ${mostClasses} classes apart at most, got ${count}`);
  }
  const given = classes instanceof Tensor ? classes : classNumbers(classes, count);
  return equal(reshape(given, [...given.shape, 1]), arange(count));
}

function classNumbers(classes: ArrayLike<number>, count: number): Tensor {
  if (!Array.isArray(classes) && !ArrayBuffer.isView(classes)) {
    throw new ShapeError(
      `oneHot: expected a tensor or a list of class numbers, got ${showValue(classes)}`,
    );
  }
  // What is no number at all, such as the text '1', is no class.
  const numbers = Float64Array.from(classes, (c) => (typeof c === 'number' ? c : Number.NaN));
  const wrong = numbers.findIndex((c) => !(Number.isInteger(c) && c >= 0 && c < count));
  if (wrong >= 0) {
    throw new ShapeError(
      `oneHot: expected classes 0 to ${count - 1}, got ${showValue(classes[wrong])} at position ${wrong}`,
    );
  }
  return tensor(numbers);
}
