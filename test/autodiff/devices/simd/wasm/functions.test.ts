/** @file exp, expm1, log, log1p, tanh, sin, cos and pow of the `simd` device against f64 over the whole range of f32. */

import './relaxed-flag.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openSimd } from '../../../../../src/autodiff/devices/simd/simd.ts';
import {
  cos,
  exp,
  expm1,
  log,
  log1p,
  pow,
  readAll,
  sin,
  type Tensor,
  tanh,
  tensor,
} from '../../../../../src/autodiff/index.ts';

/** The distance between neighbouring f32 numbers at a value. */
const ulp = (value: number): number => {
  const size = Math.abs(value);
  return size < 2 ** -126 ? 2 ** -149 : 2 ** (Math.floor(Math.log2(size)) - 23);
};

const sameKind = (got: number, exact: number): boolean =>
  Object.is(got, Math.fround(exact)) || (Number.isNaN(got) && Number.isNaN(exact));

/** The largest error in ulp; infinities, NaN and zeros must be the same. */
function worstError(args: readonly Float32Array[], got: ArrayLike<number>, fn: Scalar): number {
  let worst = 0;
  for (let i = 0; i < got.length; i++) {
    const at = args.map((x) => x[i]);
    const exact = fn(...at);
    if (sameKind(got[i], exact)) continue;
    const finite = Number.isFinite(got[i]) && Number.isFinite(Math.fround(exact));
    assert.ok(finite && (got[i] !== 0 || exact !== 0), `at ${at}: ${got[i]}, expected ${exact}`);
    worst = Math.max(worst, Math.abs(got[i] - exact) / ulp(exact));
  }
  return worst;
}

type Scalar = (...x: number[]) => number;

/** Every 5,003rd f32, of either sign: denormals, infinities and NaN among them. */
function sampled(): Float32Array {
  const bits = Uint32Array.from({ length: Math.floor(2 ** 32 / 5003) }, (_, i) => i * 5003);
  return new Float32Array(bits.buffer);
}

const special = [0, -0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, 1e-40, -1e-40, 2 ** -149, 3.4e38, -3.4e38];
const extremes = [...special, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];

/** The documented errors; near 1 the arguments of log are dense, so it gets more of them. */
const functions: readonly [string, (x: Tensor) => Tensor, Scalar, number][] = [
  ['exp', exp, Math.exp, 1],
  ['expm1', expm1, Math.expm1, 1.57],
  ['log', log, Math.log, 1],
  ['log1p', log1p, Math.log1p, 1],
  ['tanh', tanh, Math.tanh, 1.3],
  ['sin', sin, Math.sin, 0.51],
  ['cos', cos, Math.cos, 0.51],
];

for (const [name, fn, exact, bound] of functions) {
  for (const relaxed of [false, true]) {
    test(`${name} is within ${bound} ulp over the whole range, relaxed ${relaxed}`, async () => {
      const device = await openSimd({ relaxed });
      const near = Float32Array.from({ length: 400_000 }, (_, i) => (i - 200_000) / 65_536);
      for (const x of [sampled(), near, near.map((v) => 1 + v / 64), Float32Array.from(extremes)]) {
        const [got] = await readAll(fn(tensor(x)), { device });
        const worst = worstError([x], got, exact);
        assert.ok(worst <= bound, `off by ${worst} ulp`);
      }
      await device.dispose();
    });
  }
}

test('sin and cos keep their digits beside multiples of pi / 2, of any size', async () => {
  const device = await openSimd();
  const beside: number[] = [];
  for (let i = 0; i < 200_000; i++) {
    // Multiples up to 2^60, and the f32 numbers on both sides of each.
    const multiple = Math.round(2 ** ((i % 6000) / 100) * (1 + (i % 7) / 8)) * (Math.PI / 2);
    for (const step of [-1, 0, 1]) beside.push(Math.fround(multiple) + step * ulp(multiple));
  }
  const x = Float32Array.from(beside);
  const got = await readAll([sin(tensor(x)), cos(tensor(x))], { device });
  for (const [i, exact] of [Math.sin, Math.cos].entries()) {
    const worst = worstError([x], got[i], exact);
    assert.ok(worst <= 0.51, `off by ${worst} ulp`);
  }
  await device.dispose();
});

test('pow is within 0.51 ulp and has the special cases of Math.pow', async () => {
  const device = await openSimd();
  const pairs = extremes.flatMap((x) => extremes.map((y) => [x, y]));
  for (let i = 0; i < 200_000; i++) {
    const x = Math.exp(((i * 7919) % 20_011) / 500 - 20);
    pairs.push([i % 10 === 0 ? -x : x, i % 3 === 0 ? (i % 41) - 20 : ((i * 31) % 4001) / 200 - 10]);
  }
  const [x, y] = [0, 1].map((side) => Float32Array.from(pairs, (pair) => pair[side]));
  const [got] = await readAll(pow(tensor(x), tensor(y)), { device });
  const worst = worstError([x, y], got, Math.pow);
  assert.ok(worst <= 0.51, `off by ${worst} ulp`);
  await device.dispose();
});

test.run();
