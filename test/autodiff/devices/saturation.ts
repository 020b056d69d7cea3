/** @file Functions that saturate, and their derivatives, against formulas that lose no digits. */

import fc from 'fast-check';
import type { Device } from '../../../src/autodiff/devices/device.ts';
import {
  abs,
  div,
  exp,
  expm1,
  grad,
  log,
  log1p,
  pow,
  readAll,
  relu,
  selu,
  sigmoid,
  softplus,
  sqrt,
  square,
  sum,
  type Tensor,
  tanh,
  tensor,
} from '../../../src/autodiff/index.ts';

/** Of a precision: what one rounding may add, and the smallest number. */
const formats = {
  f32: { unit: 2 ** -24, smallest: 2 ** -149, largest: 3.4028234663852886e38 },
  f64: { unit: 2 ** -53, smallest: 2 ** -1074, largest: Number.MAX_VALUE },
};

const density = (x: number): number => {
  const small = Math.exp(-Math.abs(x));
  return small / (1 + small) / (1 + small);
};

const logistic = (x: number): number =>
  x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x));

const [scale, alpha] = [1.0507009873554805, 1.6732632423543772];

interface Claim {
  readonly fn: (x: Tensor) => Tensor;
  readonly order: 0 | 1 | 2;
  readonly exact: (x: number) => number;
  /**
   * The relative error allowed, in roundings: 2 for a function of Math or up to 3.2 for expm1 and
   * 2.6 for tanh, 1 for each product, sum and quotient, and what their arguments bring with them.
   */
  readonly roundings: number;
}

/** Each by name; the roundings are counted along the kernel. */
const claims: { readonly [name: string]: Claim } = {
  expm1: { fn: expm1, order: 0, exact: Math.expm1, roundings: 4 },
  "expm1'": { fn: expm1, order: 1, exact: Math.exp, roundings: 2 },
  // exp 2, its sum with 1 at most 2, quotient 1.
  sigmoid: { fn: sigmoid, order: 0, exact: logistic, roundings: 6 },
  // exp 2, sum 2, its square 5, quotient 1.
  "sigmoid'": { fn: sigmoid, order: 1, exact: density, roundings: 8 },
  "sigmoid''": {
    fn: sigmoid,
    order: 2,
    exact: (x) => -density(x) * Math.tanh(x / 2),
    roundings: 12,
  },
  // exp 2, log1p 2, sum 1.
  softplus: {
    fn: softplus,
    order: 0,
    exact: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    roundings: 5,
  },
  "softplus'": { fn: softplus, order: 1, exact: logistic, roundings: 6 },
  "softplus''": { fn: softplus, order: 2, exact: density, roundings: 8 },
  tanh: { fn: tanh, order: 0, exact: Math.tanh, roundings: 3 },
  // The density at 2 x times 4, which is exact.
  "tanh'": { fn: tanh, order: 1, exact: (x) => 4 * density(2 * x), roundings: 8 },
  "tanh''": {
    fn: tanh,
    order: 2,
    exact: (x) => -8 * density(2 * x) * Math.tanh(x),
    roundings: 12,
  },
  // expm1 3.2, a constant that is rounded, and the product.
  selu: {
    fn: selu,
    order: 0,
    exact: (x) => (x > 0 ? scale * x : scale * alpha * Math.expm1(x)),
    roundings: 6,
  },
  "selu'": {
    fn: selu,
    order: 1,
    exact: (x) => (x > 0 ? scale : scale * alpha * Math.exp(x)),
    roundings: 4,
  },
  "selu''": {
    fn: selu,
    order: 2,
    exact: (x) => (x > 0 ? 0 : scale * alpha * Math.exp(x)),
    roundings: 5,
  },
  exp: { fn: exp, order: 0, exact: Math.exp, roundings: 2 },
  "exp'": { fn: exp, order: 1, exact: Math.exp, roundings: 2 },
  "exp''": { fn: exp, order: 2, exact: Math.exp, roundings: 2 },
  log: { fn: log, order: 0, exact: Math.log, roundings: 2 },
  "log'": { fn: log, order: 1, exact: (x) => 1 / x, roundings: 1 },
  "log''": { fn: log, order: 2, exact: (x) => -1 / x / x, roundings: 2 },
  log1p: { fn: log1p, order: 0, exact: Math.log1p, roundings: 4 },
  "log1p'": { fn: log1p, order: 1, exact: (x) => 1 / (1 + x), roundings: 2 },
  "log1p''": { fn: log1p, order: 2, exact: (x) => -1 / (1 + x) / (1 + x), roundings: 4 },
  sqrt: { fn: sqrt, order: 0, exact: Math.sqrt, roundings: 1 },
  // The derivatives at 0 are 0.
  "sqrt'": { fn: sqrt, order: 1, exact: (x) => (x === 0 ? 0 : 0.5 / Math.sqrt(x)), roundings: 2 },
  // Root 1, 1/2 over it 2, that over the root 4, times 1/2 over the root 2 and 1 for the product.
  "sqrt''": {
    fn: sqrt,
    order: 2,
    exact: (x) => (x === 0 ? 0 : -0.25 / Math.sqrt(x) / x),
    roundings: 7,
  },
  abs: { fn: abs, order: 0, exact: Math.abs, roundings: 0 },
  "abs'": { fn: abs, order: 1, exact: Math.sign, roundings: 0 },
  // A sign is constant on both sides, and its derivative 0 whatever the number.
  "abs''": { fn: abs, order: 2, exact: () => 0, roundings: 0 },
  relu: { fn: relu, order: 0, exact: (x) => Math.max(x, 0), roundings: 0 },
  "relu'": { fn: relu, order: 1, exact: (x) => (x > 0 ? 1 : 0), roundings: 0 },
  "relu''": { fn: relu, order: 2, exact: () => 0, roundings: 0 },
  square: { fn: square, order: 0, exact: (x) => x * x, roundings: 1 },
  "square'": { fn: square, order: 1, exact: (x) => 2 * x, roundings: 0 },
  "square''": { fn: square, order: 2, exact: () => 2, roundings: 0 },
  reciprocal: { fn: (x) => div(1, x), order: 0, exact: (x) => 1 / x, roundings: 1 },
  "reciprocal'": { fn: (x) => div(1, x), order: 1, exact: (x) => -1 / x / x, roundings: 2 },
  "reciprocal''": { fn: (x) => div(1, x), order: 2, exact: (x) => 2 / x / x / x, roundings: 4 },
  cube: { fn: (x) => pow(x, 3), order: 0, exact: (x) => x ** 3, roundings: 2 },
  "cube'": { fn: (x) => pow(x, 3), order: 1, exact: (x) => 3 * x * x, roundings: 4 },
  "cube''": { fn: (x) => pow(x, 3), order: 2, exact: (x) => 6 * x, roundings: 4 },
};

export const claimNames = Object.keys(claims);

const edges = [0, -0, 1, -1, 17, -17, 36, -36, 87, -87, 104, -104, 2 ** -149, -(2 ** -149)];
const ends = [1e-38, -1e-38, 3e38, -3e38, 1e-30, -1e-30, Infinity, -Infinity, NaN];

/** f32 numbers: the edges, a ladder over the range where the functions bend, and any bits. */
export const argumentsFor = (seed: number): Float32Array => {
  const ladder = Array.from({ length: 400 }, (_, i) => 1e-9 * 1.07 ** i).filter((x) => x < 120);
  const drawn = fc.sample(fc.float(), { seed, numRuns: 500 });
  return Float32Array.from([...edges, ...ends, ...ladder, ...ladder.map((x) => -x), ...drawn]);
};

function derivative(fn: (x: Tensor) => Tensor, order: number): (x: Tensor) => Tensor {
  if (order === 0) return fn;
  const inner = derivative(fn, order - 1);
  return grad((x: Tensor) => sum(inner(x)));
}

/** How a device is less exact than IEEE arithmetic. */
export interface Slack {
  /** More roundings than `claims` counts, at an argument. */
  roundings(x: number): number;
  /** What it may lose by flushing denormal numbers. */
  readonly floor: number;
  /** Whether it has NaN and infinities. */
  readonly special: boolean;
}

const none: Slack = { roundings: () => 0, floor: 0, special: true };

/** Throws an Error that names the function and the argument where a claim does not hold. */
export async function checkClaim(
  device: Device,
  name: string,
  seed: number,
  slack: Slack = none,
): Promise<void> {
  const { fn, order, exact, roundings } = claims[name];
  const { unit, smallest, largest } = formats[device.precision];
  const x = argumentsFor(seed);
  const [got] = await readAll(derivative(fn, order)(tensor(x)), { device });
  x.forEach((at, i) => {
    if (!slack.special && !Number.isFinite(at)) return;
    if (slack.floor > 0 && Math.abs(at) < slack.floor) return;
    const expected = exact(at);
    // The formulas above are rounded as often in f64, which counts where the device is f64 too.
    const own = roundings * 2 ** -53;
    // What underflows on the way is at most multiplied by 8.
    const allowed =
      ((roundings + slack.roundings(at)) * unit + own) * Math.abs(expected) +
      16 * smallest +
      slack.floor;
    if (Object.is(got[i], expected) || (Number.isNaN(got[i]) && Number.isNaN(expected))) return;
    if (Math.abs(expected) > largest && got[i] === Math.sign(expected) * Infinity) return;
    if (!(Math.abs(got[i] - expected) <= allowed)) {
      const relative = Math.abs(got[i] / expected - 1) / unit;
      throw new Error(
        `${device.name}: ${name} at ${at} is ${got[i]}, expected ${expected}: ` +
          `${relative} roundings off, ${roundings} are allowed`,
      );
    }
  });
}
