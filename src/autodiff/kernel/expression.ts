/** @file The kernel language: an expression tree that computes one cell of a tensor. */

import { type Index, int } from './index-expression.ts';

/** Functions of one number, as Math has them; `sign` is 0 at 0. */
export type UnaryFunction =
  | 'neg'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sqrt'
  | 'tanh'
  | 'sin'
  | 'cos'
  | 'abs'
  | 'sign';

/** Functions of two numbers; comparisons give 1 or 0. */
export type BinaryFunction =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'pow'
  | 'max'
  | 'min'
  | 'less'
  | 'lessEqual'
  | 'equal';

/**
 * A number.
 * - `load` reads the flat buffer bound to an argument slot at an index.
 * - `select` evaluates to `yes` where `test` is not 0, else to `no`.
 * - `within` is 1 where `from <= index < to`, else 0.
 * - `reduce` folds `body` over `from <= variable < to`, at most `extent` times. The bounds may be
 *   entries of an index buffer, as the rows of a sparse matrix are. A `max` folds at least once.
 */
export type Expression =
  | { kind: 'number'; value: number }
  | { kind: 'load'; slot: number; at: Index }
  | { kind: 'unary'; fn: UnaryFunction; x: Expression }
  | { kind: 'binary'; fn: BinaryFunction; x: Expression; y: Expression }
  | { kind: 'select'; test: Expression; yes: Expression; no: Expression }
  | { kind: 'within'; index: Index; from: number; to: number }
  | {
      kind: 'reduce';
      fn: 'sum' | 'max';
      variable: string;
      extent: number;
      from: Index;
      to: Index;
      body: Expression;
    };

/** A constant; NaN, the infinities and -0 are constants too. */
export const number = (value: number): Expression => ({ kind: 'number', value });

/** A function of one number; of a constant a constant where that changes no bit, or is beyond f32. */
export function unary(fn: UnaryFunction, x: Expression): Expression {
  // Printed before a negative literal, the `-` would read as a decrement.
  if (fn === 'neg' && x.kind === 'number') return number(-x.value);
  if (x.kind === 'number' && fn in Math) {
    const value = Math[fn as keyof typeof Math & typeof fn](x.value);
    const isSame = (fn === 'abs' || fn === 'sign') && isF32(x.value);
    if (isBeyondF32(value) || isSame) return number(value);
  }
  return { kind: 'unary', fn, x };
}

/**
 * Whether a constant is NaN, infinite, or an infinity in f32. Shaders do not compile where one is
 * the value of an expression of constants; as a constant itself every device has a way to print it.
 */
export const isBeyondF32 = (value: number): boolean => !Number.isFinite(Math.fround(value));

/** The arithmetic of two numbers. */
export const arithmetic: { readonly [fn in BinaryFunction]: (x: number, y: number) => number } = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  pow: (x, y) => x ** y,
  max: Math.max,
  min: Math.min,
  less: (x, y) => Number(x < y),
  lessEqual: (x, y) => Number(x <= y),
  equal: (x, y) => Number(x === y),
};

/** Whether f32 holds a number, so that it is the same on every device. */
const isF32 = (x: number): boolean => Object.is(Math.fround(x), x);

/** Whether every device that computes in f32 gets this value of these numbers, to the bit. */
const isExact = (fn: BinaryFunction, ...numbers: readonly number[]): boolean =>
  fn !== 'pow' && numbers.every(isF32);

/**
 * A function of two numbers; a product with 1, and a sum with the zero that changes no number, become
 * their other operand: -0 added, or 0 subtracted. The sum of -0 and 0 is 0. Of two constants, the
 * value becomes one where it changes no bit: drivers of GPUs put expressions of constants in other
 * orders, and gpu.js takes the sum of two whole ones for an integer.
 */
export function binary(fn: BinaryFunction, x: Expression, y: Expression): Expression {
  if (fn === 'add' && isNumber(x, -0)) return y;
  if ((fn === 'add' && isNumber(y, -0)) || (fn === 'sub' && isNumber(y, 0))) return x;
  if (fn === 'mul' && isNumber(x, 1)) return y;
  if ((fn === 'mul' || fn === 'div') && isNumber(y, 1)) return x;
  if (x.kind === 'number' && y.kind === 'number') {
    const value = arithmetic[fn](x.value, y.value);
    if (isBeyondF32(value) || isExact(fn, x.value, y.value, value)) return number(value);
  }
  return { kind: 'binary', fn, x, y };
}

const isNumber = (x: Expression, value: number): boolean =>
  x.kind === 'number' && Object.is(x.value, value);

/** `yes` where `test` is not 0, else `no`; of a constant that f32 holds, what it chooses. */
export function select(test: Expression, yes: Expression, no: Expression): Expression {
  if (test.kind === 'number' && isF32(test.value)) return test.value !== 0 ? yes : no;
  return { kind: 'select', test, yes, no };
}

/** 1 where `from <= index < to`, else 0. */
export const within = (index: Index, from: number, to: number): Expression => ({
  kind: 'within',
  index,
  from,
  to,
});

/** Makes a `reduce` of `body(k)` over `0 <= k < extent`, or over bounds at most `extent` apart. */
export type Fold = (
  fn: 'sum' | 'max',
  extent: number,
  body: (k: Index) => Expression,
  bounds?: { from: Index; to: Index },
) => Expression;

/**
 * The `Fold` of one kernel: it numbers the kernel's loop variables. A loop of one turn becomes its
 * body, and a sum of nothing or of zeros becomes 0.
 */
export function folder(): Fold {
  let count = 0;
  return (fn, extent, body, bounds) => {
    const { from, to } = bounds ?? { from: int(0), to: int(extent) };
    if (extent === 0 && fn === 'sum') return number(0);
    if (from.kind === 'int' && to.kind === 'int') {
      if (to.value - from.value === 1) return body(from);
      if (to.value <= from.value && fn === 'sum') return number(0);
    }
    const variable = `k${count++}`;
    const term = body({ kind: 'var', name: variable, extent });
    if (fn === 'sum' && isNumber(term, 0)) return number(0);
    return { kind: 'reduce', fn, variable, extent, from, to, body: term };
  };
}
