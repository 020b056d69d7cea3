/** @file The operations as users call them: numbers and shapes broadcast by NumPy's rule. */

import { broadcastShapes, normalizeAxes, type Shape } from '../tape/shape.ts';
import { Tensor } from '../tape/tensor.ts';
import { full } from './constant.ts';
import * as cellwise from './elementwise.ts';
import { blockSum, broadcastTo, maxOver, sumOver } from './reduce.ts';
import { reshape } from './view.ts';

/** A tensor, or a number that broadcasts against one. */
export type Operand = Tensor | number;

const shapeOf = (x: Operand): Shape => (x instanceof Tensor ? x.shape : []);

const expand = (x: Operand, shape: Shape): Tensor =>
  x instanceof Tensor ? broadcastTo(x, shape) : full(shape, x);

const broadcasting =
  (name: string, fn: (x: Tensor, y: Tensor) => Tensor) =>
  (x: Operand, y: Operand): Tensor => {
    const shape = broadcastShapes(name, shapeOf(x), shapeOf(y));
    return fn(expand(x, shape), expand(y, shape));
  };

const mapped =
  (fn: (x: Tensor) => Tensor) =>
  (x: Operand): Tensor =>
    fn(expand(x, shapeOf(x)));

export const add = broadcasting('add', cellwise.add);
export const sub = broadcasting('sub', cellwise.sub);
export const mul = broadcasting('mul', cellwise.mul);
export const div = broadcasting('div', cellwise.div);
export const pow = broadcasting('pow', cellwise.pow);
export const maximum = broadcasting('maximum', cellwise.maximum);
export const minimum = broadcasting('minimum', cellwise.minimum);
export const less = broadcasting('less', cellwise.less);
export const lessEqual = broadcasting('lessEqual', cellwise.lessEqual);
export const equal = broadcasting('equal', cellwise.equal);
export const greater = (x: Operand, y: Operand): Tensor => less(y, x);
export const greaterEqual = (x: Operand, y: Operand): Tensor => lessEqual(y, x);

export const neg = mapped(cellwise.neg);
export const exp = mapped(cellwise.exp);
export const log = mapped(cellwise.log);
export const log1p = mapped(cellwise.log1p);
export const sqrt = mapped(cellwise.sqrt);
export const tanh = mapped(cellwise.tanh);
export const abs = mapped(cellwise.abs);
export const sign = mapped(cellwise.sign);
export const relu = mapped(cellwise.relu);
export const sigmoid = mapped(cellwise.sigmoid);
export const softplus = mapped(cellwise.softplus);
export const selu = mapped(cellwise.selu);
export const square = (x: Operand): Tensor => mul(x, x);

/** `yes` where `test` is not 0, else `no`; no derivative in `test`. */
export function where(test: Tensor, yes: Operand, no: Operand): Tensor {
  const shape = broadcastShapes(
    'where',
    test.shape,
    broadcastShapes('where', shapeOf(yes), shapeOf(no)),
  );
  return cellwise.where(expand(test, shape), expand(yes, shape), expand(no, shape));
}

/** Axes of a reduction: one, several (negative from the end), or all if left out. */
export type Axes = number | readonly number[];

interface ReduceOptions {
  /** Keeps each reduced axis with size 1. */
  readonly keepDims?: boolean;
}

const keptShape = (shape: Shape, axes: readonly number[]): Shape =>
  shape.map((n, axis) => (axes.includes(axis) ? 1 : n));

/** A vector longer than this is summed in two passes, the first one parallel over blocks. */
const longestSum = 2048;

function sumVector(x: Tensor): Tensor {
  const n = x.shape[0];
  return n <= longestSum ? sumOver(x, [0]) : sumVector(blockSum(x, Math.ceil(Math.sqrt(n))));
}

/**
 * The sum over `axes`, all if left out. A sum to a scalar is taken axis by axis and in blocks,
 * in a fixed order: parallel, and with an f32 rounding error that grows slowly.
 */
export function sum(x: Tensor, axes?: Axes, { keepDims = false }: ReduceOptions = {}): Tensor {
  const over = normalizeAxes('sum', x.shape, axes);
  let total = x;
  if (over.length < x.shape.length) total = sumOver(x, over);
  else {
    while (total.shape.length > 1) total = sumOver(total, [total.shape.length - 1]);
    if (total.shape.length === 1) total = sumVector(total);
  }
  return keepDims ? reshape(total, keptShape(x.shape, over)) : total;
}

/** The mean over `axes`, all if left out. */
export function mean(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
  const total = sum(x, axes, options);
  return div(total, x.size / total.size);
}

/** The largest cell along `axes`; cells that tie share the cotangent equally. */
export function max(x: Tensor, axes?: Axes, { keepDims = false }: ReduceOptions = {}): Tensor {
  const over = normalizeAxes('max', x.shape, axes);
  const largest = maxOver(x, over);
  return keepDims ? reshape(largest, keptShape(x.shape, over)) : largest;
}
