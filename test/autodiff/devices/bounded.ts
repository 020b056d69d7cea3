/** @file A device that computes in float64 and carries a proven f32 error bound with every cell. */

import type { Kernel, Plan } from '../../../src/autodiff/compile/plan.ts';
import type { Device, DeviceBuffer, Program } from '../../../src/autodiff/devices/device.ts';
import type { Expression } from '../../../src/autodiff/kernel/expression.ts';
import type { Index } from '../../../src/autodiff/kernel/index-expression.ts';
import { threadAxes } from '../../../src/autodiff/kernel/print.ts';
import { sizeOf } from '../../../src/autodiff/tape/shape.ts';
import type { HostArray } from '../../../src/autodiff/tape/tensor.ts';

/** Half the distance from 1 to the next f32: what one rounding can add, relatively. */
const unit = 2 ** -24;

/** The largest error of one operation on exact arguments, at result `v`, beyond which a device is wrong. */
export interface Accuracy {
  /** Errors in units of `unit * |v|`. */
  readonly sum: number;
  /** Whether the terms of a sum may be added in another order than they are read in. */
  readonly anyOrder: boolean;
  readonly div: number;
  readonly sqrt: number;
  exp(x: number): number;
  /** Absolute, as those of the logarithm and of tanh. */
  expm1(x: number, v: number): number;
  log(x: number, v: number): number;
  tanh(v: number): number;
  /** Of the sine and the cosine, absolute, of arguments up to a size. */
  sin(size: number, v: number): number;
  pow(y: number, logX: number): number;
  /** What flushing subnormal numbers to zero may lose. */
  readonly floor: number;
  /** Whether NaN and infinities are as IEEE has them; shading languages may assume none. */
  readonly special: boolean;
}

/** Correct rounding of arithmetic; library functions computed in f64 and rounded once. */
export const ieee: Accuracy = {
  sum: 1,
  anyOrder: false,
  div: 1,
  sqrt: 1,
  exp: () => 2,
  expm1: (_x, v) => 2 * unit * Math.abs(v),
  log: (_x, v) => 2 * unit * Math.abs(v),
  tanh: (v) => 2 * unit * Math.abs(v),
  sin: (_x, v) => 2 * unit * Math.abs(v),
  pow: () => 2,
  floor: 2 ** -149,
  special: true,
};

/**
 * What WGSL promises (W3C, 15.7.4.1 "Floating Point Accuracy"), one ulp being two units: division
 * 2.5 ulp, exp `3 + 2|x|` ulp, log 2^-21 absolutely inside [0.5, 2] and 3 ulp outside, sqrt as
 * `1 / inverseSqrt` (2 + 2.5 ulp), pow as `exp2(y log2 x)`. What the device
 * prints itself: expm1 as a polynomial of six steps below 1/2, and as `exp(x) - 1` beyond; tanh as
 * `m / (2 + m)` with m = expm1(-2 |x|), whose error is at most 15 units, which the quotient
 * doubles, and to which its sum and its division add 7. GLSL ES promises less; its devices are held to the same.
 */
export const wgsl: Accuracy = {
  sum: 2,
  anyOrder: false,
  div: 5,
  sqrt: 9,
  exp: (x) => 2 * (3 + 2 * Math.abs(x)),
  expm1: (x, v) =>
    Math.abs(x) < 0.5
      ? 12 * unit * Math.abs(v)
      : unit * (2 * (3 + 2 * Math.abs(x)) * Math.exp(x) + 2 * Math.abs(v)),
  log: (x, v) => (x >= 0.5 && x <= 2 ? 2 ** -21 : 0) + 6 * unit * Math.abs(v),
  tanh: (v) => 37 * unit * Math.abs(v),
  // Printed as a reduction by pi / 2 in three parts and a polynomial, see `sinOf` in source.ts; it
  // says that beyond 2^16 nothing is known.
  sin: (size) => (size <= 2 ** 16 ? 2 ** -22 + 2 ** -36 * size : Infinity),
  pow: (y, logX) => 2 * (3 + 2 * Math.abs(y * logX)) + 8 * Math.abs(y) * (Math.abs(logX) + 4),
  floor: 2 ** -125,
  special: false,
};

/** Values and error bounds side by side. */
export interface BoundedBuffer extends DeviceBuffer {
  readonly values: Float64Array;
  readonly errors: Float64Array;
}

/** How far a device's number may be from a number. */
function inF32(x: number, { floor }: Accuracy): number {
  const flushed = Math.abs(x) < 2 ** -126 && floor > 2 ** -149 ? Math.abs(x) : 0;
  return Object.is(Math.fround(x), x) ? flushed : Math.abs(Math.fround(x) - x) + flushed;
}

const buffer = (size: number): BoundedBuffer => ({
  size,
  values: new Float64Array(size),
  errors: new Float64Array(size),
});

/** The largest f32; a result beyond it is infinite, or undefined, on a device. */
export const largest = 3.4028234663852886e38;

/**
 * A computed number and how far an f32 device may be from it: infinitely far where a device may
 * overflow. NaN of which a device is sure has the error 0.
 */
type Bounded = readonly [value: number, error: number];

/**
 * Runs a kernel cell by cell by running error analysis (Higham, Accuracy and Stability, 3.3): each
 * operation passes the errors of its arguments on, to first order or by monotonicity, and adds its
 * own rounding. A sum of n terms thereby gets `unit` times the sum of its partial sums; `AnyOrder`
 * bounds that of a device that adds in an order of its own.
 */
class Interpreter {
  private readonly variables = new Map<string, number>();

  constructor(
    private readonly kernel: Kernel,
    private readonly args: readonly BoundedBuffer[],
    private readonly accuracy: Accuracy,
  ) {}

  run(out: BoundedBuffer): void {
    const { threads, expression } = this.kernel;
    const axes = threadAxes(threads.length);
    for (let cell = 0; cell < out.size; cell++) {
      let rest = cell;
      for (let axis = threads.length - 1; axis >= 0; axis--) {
        this.variables.set(axes[axis], rest % threads[axis]);
        rest = Math.floor(rest / threads[axis]);
      }
      [out.values[cell], out.errors[cell]] = this.value(expression);
    }
  }

  private index(i: Index): number {
    switch (i.kind) {
      case 'int':
        return i.value;
      case 'var':
        return this.variables.get(i.name) as number;
      case 'entry':
        return this.args[i.slot].values[this.index(i.at)];
      case 'add':
        return this.index(i.x) + this.index(i.y);
      case 'mul':
        return this.index(i.x) * i.by;
      case 'div':
        return Math.floor(this.index(i.x) / i.by);
      case 'mod':
        return this.index(i.x) % i.by;
      case 'clampedShift':
        return Math.min(Math.max(this.index(i.x) + i.by, 0), i.extent - 1);
      case 'reverse':
        return i.extent - 1 - this.index(i.x);
    }
  }

  private value(e: Expression): Bounded {
    switch (e.kind) {
      case 'number':
        return [e.value, inF32(e.value, this.accuracy)];
      case 'load': {
        const at = this.index(e.at);
        return [this.args[e.slot].values[at], this.args[e.slot].errors[at]];
      }
      case 'unary': {
        const x = this.value(e.x);
        return this.settled(this.unary(e.fn, x), x);
      }
      case 'binary':
        return this.folded(e.fn, this.value(e.x), this.value(e.y));
      case 'select':
        return this.select(e);
      case 'within': {
        const at = this.index(e.index);
        return [at >= e.from && at < e.to ? 1 : 0, 0];
      }
      case 'reduce':
        return this.reduce(e);
    }
  }

  /** What holds of any result: whether a device is sure that it is NaN, infinite, or finite. */
  private settled([value, error]: Bounded, ...from: readonly Bounded[]): Bounded {
    if (!this.accuracy.special && from.some(([x]) => !Number.isFinite(x))) return [value, Infinity];
    const exact = from.every(([, e]) => e === 0);
    if (exact && !Number.isFinite(value)) return [value, 0];
    if (Number.isNaN(value)) {
      return [value, from.some(([x, e]) => Number.isNaN(x) && e === 0) ? 0 : Infinity];
    }
    return [value, from.some(mayBeInfinite) || Number.isNaN(error) ? Infinity : error];
  }

  private folded(fn: BinaryFn, x: Bounded, y: Bounded): Bounded {
    return this.settled(this.binary(fn, x, y), x, y);
  }

  private rounded(value: number, error: number, units: number): Bounded {
    // Sums and products are rounded correctly everywhere: a result that is an f32 is exact.
    const normal = value === 0 || Math.abs(value) >= 2 ** -126;
    if (error === 0 && units <= 2 && normal && Math.fround(value) === value) return [value, 0];
    return [value, error + units * unit * (Math.abs(value) + error) + this.accuracy.floor];
  }

  private unary(fn: Extract<Expression, { kind: 'unary' }>['fn'], [x, ex]: Bounded): Bounded {
    const { accuracy } = this;
    switch (fn) {
      case 'neg':
        return [-x, ex];
      case 'abs':
        return [Math.abs(x), ex];
      case 'sign':
        return [Math.sign(x), Math.abs(x) <= ex && ex > 0 ? 2 : 0];
      case 'exp':
        return this.rounded(Math.exp(x), Math.exp(x) * Math.expm1(ex), accuracy.exp(x));
      case 'expm1': {
        const v = Math.expm1(x);
        return [v, Math.exp(x) * Math.expm1(ex) + accuracy.expm1(x, v) + accuracy.floor];
      }
      case 'sqrt':
        return this.rounded(Math.sqrt(x), spread(Math.sqrt, x, ex, 0), accuracy.sqrt);
      case 'tanh':
        return [Math.tanh(x), ex + accuracy.tanh(Math.tanh(x))];
      case 'sin':
      case 'cos': {
        const v = Math[fn](x);
        // Neither is steeper than 1.
        return [v, Math.min(ex, 2) + accuracy.sin(Math.abs(x) + ex, v) + accuracy.floor];
      }
      case 'log':
        return [Math.log(x), spread(Math.log, x, ex, 0) + accuracy.log(x, Math.log(x))];
      case 'log1p': {
        const v = Math.log1p(x);
        return [v, spread(Math.log1p, x, ex, -1) + log1pError(accuracy, x, v)];
      }
    }
  }

  private binary(fn: BinaryFn, [x, ex]: Bounded, [y, ey]: Bounded): Bounded {
    const { accuracy } = this;
    switch (fn) {
      case 'add':
        return this.rounded(x + y, ex + ey, accuracy.sum);
      case 'sub':
        return this.rounded(x - y, ex + ey, accuracy.sum);
      case 'mul':
        return this.rounded(
          x * y,
          times(Math.abs(x), ey) + times(Math.abs(y), ex) + times(ex, ey),
          accuracy.sum,
        );
      case 'div': {
        const room = Math.abs(y) - ey;
        const passed =
          room > 0 ? (ex + times(Math.abs(x / y), ey)) / room : ex + ey > 0 ? Infinity : 0;
        return this.rounded(x / y, passed, accuracy.div);
      }
      case 'pow':
        return this.pow(x, ex, y, ey);
      case 'max':
        return [Math.max(x, y), Math.max(ex, ey)];
      case 'min':
        return [Math.min(x, y), Math.max(ex, ey)];
      case 'less':
        return [x < y ? 1 : 0, unsure(x - y, ex + ey)];
      case 'lessEqual':
        return [x <= y ? 1 : 0, unsure(x - y, ex + ey)];
      case 'equal':
        return [x === y ? 1 : 0, unsure(x - y, ex + ey)];
    }
  }

  private pow(x: number, ex: number, y: number, ey: number): Bounded {
    const v = x ** y;
    if (x === 0) return [v, ex === 0 && (ey === 0 || Math.abs(y) > ey) ? 0 : Infinity];
    const logX = Math.log(Math.abs(x));
    const relative = times(Math.abs(y), ex) / Math.max(Math.abs(x) - ex, 0) + ey * Math.abs(logX);
    return this.rounded(v, Math.abs(v) * Math.expm1(relative), this.accuracy.pow(y, logX));
  }

  private select(e: Extract<Expression, { kind: 'select' }>): Bounded {
    const [test, unsureTest] = this.value(e.test);
    if (!this.accuracy.special && !Number.isFinite(test)) return [test, Infinity];
    const taken = this.value(test !== 0 ? e.yes : e.no);
    if (unsureTest === 0) return taken;
    const other = this.value(test !== 0 ? e.no : e.yes);
    if (Object.is(taken[0], other[0])) return [taken[0], Math.max(taken[1], other[1])];
    const apart = Math.max(taken[1], Math.abs(taken[0] - other[0]) + other[1]);
    return [taken[0], Number.isNaN(apart) ? Infinity : apart];
  }

  private reduce(e: Reduction): Bounded {
    if (e.fn === 'sum' && this.accuracy.anyOrder) {
      const terms = new AnyOrder(this.accuracy);
      this.eachTerm(e, (term) => terms.add(term));
      return terms.total();
    }
    const [from, to] = [this.index(e.from), this.index(e.to)];
    let total: Bounded = [e.fn === 'sum' ? 0 : Number.NEGATIVE_INFINITY, 0];
    for (let k = from; k < to; k++) {
      this.variables.set(e.variable, k);
      const term = this.value(e.body);
      // The infinity that a maximum starts from is no number that a device computes with.
      const isFirst = e.fn === 'max' && k === from;
      total = isFirst ? term : this.folded(e.fn === 'sum' ? 'add' : 'max', total, term);
    }
    return total;
  }

  /** The terms of a sum; those of sums of sums are one list, because loops may change places. */
  private eachTerm(e: Reduction, take: (term: Bounded) => void): void {
    const [from, to] = [this.index(e.from), this.index(e.to)];
    for (let k = from; k < to; k++) {
      this.variables.set(e.variable, k);
      if (e.body.kind === 'reduce' && e.body.fn === 'sum') this.eachTerm(e.body, take);
      else take(this.value(e.body));
    }
  }
}

/**
 * A sum in any order (Higham, Accuracy and Stability, 4.2). Every partial sum lies between the sum of
 * the negative terms and that of the positive ones: where one of these leaves f32, so may a partial
 * sum, although the total does not. Each of the n - 1 roundings is of a partial sum of absolute value
 * at most `sum |terms|`, so that together they add at most `(n - 1) unit sum |terms|` to first order.
 */
class AnyOrder {
  private value = 0;
  private positive = 0;
  private negative = 0;
  private errors = 0;
  /** Terms that are not 0 for sure; adding 0 is exact. */
  private count = 0;
  private whole = true;
  private unsure = false;
  private readonly seen = { nan: false, up: false, down: false };

  constructor(private readonly accuracy: Accuracy) {}

  add(term: Bounded): void {
    const [x, e] = term;
    this.value += x;
    if (mayBeInfinite(term) || (!this.accuracy.special && !Number.isFinite(x))) this.unsure = true;
    else if (Number.isNaN(x)) this.seen.nan = true;
    else if (x === Infinity) this.seen.up = true;
    else if (x === -Infinity) this.seen.down = true;
    else {
      this.positive += Math.max(0, x + e);
      this.negative += Math.max(0, e - x);
      this.errors += e;
      if (x !== 0 || e !== 0) this.count++;
      if (e !== 0 || !Number.isInteger(x)) this.whole = false;
    }
  }

  total(): Bounded {
    const { value, positive, negative, errors, count, seen } = this;
    if (seen.nan || (seen.up && seen.down)) return [value, 0];
    const all = positive + negative;
    const roundings = Math.max(0, count - 1) * this.accuracy.sum * unit;
    // All partial sums are whole numbers that f32 holds.
    const exact = count <= 1 || (this.whole && all <= 2 ** 24);
    const grown = exact ? 0 : (roundings / (1 - roundings)) * all + count * this.accuracy.floor;
    const [up, down] = [positive + grown > largest, negative + grown > largest];
    if (this.unsure || (down && !seen.down) || (up && !seen.up)) return [value, Infinity];
    return [value, Number.isFinite(value) ? errors + grown : 0];
  }
}

type Reduction = Extract<Expression, { kind: 'reduce' }>;

/**
 * Whether a device may have an infinity, or NaN, that `reference` has not: in place of a number
 * beyond the range of f32, and after one.
 */
const mayBeInfinite = ([x, e]: Bounded): boolean =>
  Number.isFinite(x) ? Math.abs(x) + e > largest : e === Infinity;

type BinaryFn = Extract<Expression, { kind: 'binary' }>['fn'];

/** A product of bounds, where nothing times an unknown is nothing. */
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);

/** Flushing loses no more than this, also of thousands of terms; it changes no sign. */
const flushed = 2 ** -100;

/**
 * How far a rising function moves when its argument moves by `ex`. Where that may leave its domain,
 * which begins at `least`, a device may have NaN, unless the argument is off by flushing alone.
 */
function spread(fn: (x: number) => number, x: number, ex: number, least: number): number {
  if (ex === 0) return 0;
  if (x - ex < least && ex > flushed) return Infinity;
  return Math.max(fn(x + ex) - fn(x), fn(x) - fn(Math.max(x - ex, least)));
}

/** log(1 + x), where rounding 1 + x is an error of the argument, made up for by the printed form. */
const log1pError = (accuracy: Accuracy, x: number, v: number): number =>
  4 * unit * Math.abs(v) +
  (accuracy === ieee ? 0 : accuracy.log(1 + x, v) * Math.min(1, Math.abs(x)));

const unsure = (difference: number, error: number): number =>
  error > 0 && !(Math.abs(difference) > error) ? 1 : 0;

/** Opens the device; its results carry their bounds, see `BoundedBuffer`. */
export function openBounded(accuracy: Accuracy): Device {
  const run = (plan: Plan, inputs: readonly BoundedBuffer[]): BoundedBuffer[] => {
    const buffers = plan.buffers.map(buffer);
    for (const kernel of plan.kernels) {
      const args = kernel.arguments.map(({ place }) =>
        place.kind === 'input' ? inputs[place.index] : buffers[place.index],
      );
      new Interpreter(kernel, args, accuracy).run(buffers[kernel.output]);
    }
    return plan.outputs.map(({ place, shape }) => {
      const { values, errors } = place.kind === 'empty' ? buffer(0) : buffers[place.index];
      return { size: sizeOf(shape), values: values.slice(), errors: errors.slice() };
    });
  };
  return {
    name: 'bounded',
    precision: 'f64',
    recurrences: true,
    upload: async (data: HostArray) => ({
      size: data.length,
      values: Float64Array.from(data),
      // What reaches an f32 device of a number that is none.
      errors: Float64Array.from(data, (x: number) => inF32(x, accuracy)),
    }),
    read: async (given) => (given as BoundedBuffer).values.slice(),
    free: () => {},
    compile: async (plan): Promise<Program> => ({
      run: async (inputs) => run(plan, inputs as BoundedBuffer[]),
      dispose: () => {},
    }),
    dispose: async () => {},
  };
}
