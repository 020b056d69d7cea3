/**
 * @file The operations as users call them. Numbers and shapes broadcast by NumPy's rule; shapes that
 * do not are a ShapeError. What happens at hard points, such as ties and 0, holds at every order.
 */

import { broadcastShapes, type Shape } from '../tape/shape.ts';
import { expectTensor, operandShape, Tensor } from '../tape/tensor.ts';
import { full } from './constant.ts';
import * as cellwise from './elementwise.ts';
import { broadcastTo, maxOver, sumInBlocks, sumOver } from './reduce.ts';
import { type Axes, type ReduceOptions, reduction } from './reduction.ts';
import { reshape } from './view.ts';

export type { Axes, ReduceOptions } from './reduction.ts';

/** A tensor, or a number that broadcasts against one. */
export type Operand = Tensor | number;

const expand = (x: Operand, shape: Shape): Tensor =>
  x instanceof Tensor ? broadcastTo(x, shape) : full(shape, x);

const broadcasting =
  (name: string, fn: (x: Tensor, y: Tensor) => Tensor) =>
  (x: Operand, y: Operand): Tensor => {
    const shape = broadcastShapes(name, operandShape(name, x, 0), operandShape(name, y, 1));
    return fn(expand(x, shape), expand(y, shape));
  };

const mapped =
  (fn: (x: Tensor) => Tensor) =>
  (x: Operand): Tensor =>
    fn(typeof x === 'number' ? full([], x) : x);

/** `x + y`. */
export const add = broadcasting('add', cellwise.add);
/** `x - y`. */
export const sub = broadcasting('sub', cellwise.sub);
/** `x * y`, cell by cell. */
export const mul = broadcasting('mul', cellwise.mul);
/** `x / y`. */
export const div = broadcasting('div', cellwise.div);
/**
 * `x` to the power `y`. At x = 0 the derivative in x is that of the limit, and 0 where y = 0; the
 * derivative in y is 0 wherever x is not positive.
 */
export const pow = broadcasting('pow', cellwise.pow);
/** The larger one of two numbers; at a tie each side gets half of the cotangent, at NaN none. */
export const maximum = broadcasting('maximum', cellwise.maximum);
/** The smaller one of two numbers; at a tie each side gets half of the cotangent, at NaN none. */
export const minimum = broadcasting('minimum', cellwise.minimum);
/** 1 where `x < y`, else 0; its derivative is 0, as that of all comparisons. */
export const less = broadcasting('less', cellwise.less);
/** 1 where `x <= y`, else 0. */
export const lessEqual = broadcasting('lessEqual', cellwise.lessEqual);
/** 1 where `x` equals `y`, else 0. */
export const equal = broadcasting('equal', cellwise.equal);
/** 1 where `x > y`, else 0. */
export const greater = broadcasting('greater', (x, y) => cellwise.less(y, x));
/** 1 where `x >= y`, else 0. */
export const greaterEqual = broadcasting('greaterEqual', (x, y) => cellwise.lessEqual(y, x));

/** `-x`. */
export const neg = mapped(cellwise.neg);
/** e to the power `x`. */
export const exp = mapped(cellwise.exp);
/** `exp(x) - 1`, exact for small `x`. */
export const expm1 = mapped(cellwise.expm1);
/** The natural logarithm: -inf at 0, NaN below. */
export const log = mapped(cellwise.log);
/** `log(1 + x)`, exact for small `x`. */
export const log1p = mapped(cellwise.log1p);
/** The square root; its derivative at 0 is 0. */
export const sqrt = mapped(cellwise.sqrt);
/** The hyperbolic tangent. */
export const tanh = mapped(cellwise.tanh);
/** The sine of an angle in radians; NaN at an infinity. */
export const sin = mapped(cellwise.sin);
/** The cosine of an angle in radians; NaN at an infinity. */
export const cos = mapped(cellwise.cos);
/** The absolute value; its derivative at 0 is 0. */
export const abs = mapped(cellwise.abs);
/** -1, 0 or 1; its derivative is 0. */
export const sign = mapped(cellwise.sign);
/** The positive part; its derivative at 0, and at NaN, is 0. */
export const relu = mapped(cellwise.relu);
/** `1 / (1 + exp(-x))`, without overflow. */
export const sigmoid = mapped(cellwise.sigmoid);
/** `log(1 + exp(x))`, without overflow. */
export const softplus = mapped(cellwise.softplus);
/** The scaled exponential linear unit (Klambauer et al. 2017, equation 2). */
export const selu = mapped(cellwise.selu);
/** `x * x`. */
export const square = (x: Operand): Tensor => mul(x, x);

/**
 * `x`, or the nearer end where it is not between `low` and `high`; shares as `minimum` at an end. Throws
 * a RangeError at plain numbers of which `low` is not below `high` or at it.
 */
export function clip(x: Operand, low: Operand, high: Operand): Tensor {
  if (typeof low === 'number' && typeof high === 'number' && !(low <= high)) {
    throw new RangeError(`clip: expected low <= high, got ${low} and ${high}`);
  }
  return minimum(maximum(x, low), high);
}

/** `yes` where `test` is not 0, else `no`. Only the side that is taken gets a cotangent. */
export function where(test: Tensor, yes: Operand, no: Operand): Tensor {
  const { shape: tested } = expectTensor('where', test, 0);
  const given = broadcastShapes(
    'where',
    operandShape('where', yes, 1),
    operandShape('where', no, 2),
  );
  const shape = broadcastShapes('where', tested, given);
  return cellwise.where(expand(test, shape), expand(yes, shape), expand(no, shape));
}

const keptShape = (shape: Shape, axes: readonly number[]): Shape =>
  shape.map((n, axis) => (axes.includes(axis) ? 1 : n));

/** A longer vector is summed in two passes, the first one in parallel over blocks. */
const longestSum = 2048;

/**
 * The sum over `axes`, all if left out. A sum to a scalar is taken axis by axis, and long sums in
 * blocks, in a fixed order: they run in parallel, and their f32 rounding errors grow slowly. Throws a
 * ShapeError at an axis that the shape does not have.
 */
export function sum(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  const { over, keepDims } = reduction('sum', x, axes, options);
  return sumAlong(x, over, keepDims);
}

function sumAlong(x: Tensor, over: readonly number[], keepDims: boolean): Tensor {
  let total = x;
  if (over.length < x.shape.length) total = sumOver(x, over);
  else {
    while (total.shape.length > 1) total = sumOver(total, [total.shape.length - 1]);
    if (total.shape.length === 1) total = sumInBlocks(total, 0, longestSum);
  }
  return keepDims ? reshape(total, keptShape(x.shape, over)) : total;
}

/** The mean over `axes`, all if left out; throws as `sum` does. */
export function mean(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  const { over, keepDims } = reduction('mean', x, axes, options);
  const total = sumAlong(x, over, keepDims);
  return div(total, x.size / total.size);
}

/**
 * The largest cell along `axes`, all if left out; cells that tie share the cotangent equally. Throws
 * a ShapeError at an axis that the shape does not have, or that has no cells.
 */
export function max(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  const { over, keepDims } = reduction('max', x, axes, options);
  const largest = maxOver(x, over);
  return keepDims ? reshape(largest, keptShape(x.shape, over)) : largest;
}
