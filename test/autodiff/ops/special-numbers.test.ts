/** @file Operations on special numbers and on shapes with sizes from 0, on every device of Node. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  abs,
  add,
  div,
  equal,
  exp,
  expm1,
  less,
  log,
  log1p,
  max,
  maximum,
  minimum,
  mul,
  neg,
  openDevice,
  pow,
  readAll,
  relu,
  sign,
  sqrt,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
} from '../../../src/autodiff/index.ts';
import { sizeOf } from '../../../src/autodiff/tape/shape.ts';
import { type Draw, forAll } from '../draw.ts';

const { fround } = Math;
const largest = 3.4028234663852886e38;
const ends = [Infinity, -Infinity, NaN, largest, -largest, 2 ** -126, -(2 ** -126), 2 ** -149];
const usual = [0, -0, 1, -1, 0.5, -2, 3, 1e-20, -1e-20, 17, 88.5, -104, 1e30];
const numbers = [...usual, ...ends].map(fround);

/** Numbers of a shape, each of them special or any between -4 and 4. */
function specials(draw: Draw, shape: readonly number[]): Float32Array {
  return Float32Array.from({ length: sizeOf(shape) }, () =>
    draw.chance(0.7) ? numbers[draw.integer(0, numbers.length - 1)] : draw.numbers(1, -4, 4)[0],
  );
}

/** An operation, what it is for numbers, and how many roundings off its result may be. */
type Claim<F> = readonly [fn: F, exact: (x: number, y: number) => number, roundings: number];

// The functions as `simdAccuracy` and `ieee` state them for the devices; arithmetic rounds once.
const unary: { readonly [name: string]: Claim<(x: Tensor) => Tensor> } = {
  neg: [neg, (x) => -x, 0],
  abs: [abs, Math.abs, 0],
  sign: [sign, Math.sign, 0],
  relu: [relu, (x) => Math.max(x, 0), 0],
  exp: [exp, Math.exp, 2],
  expm1: [expm1, Math.expm1, 3.2],
  log: [log, Math.log, 2],
  log1p: [log1p, Math.log1p, 4],
  sqrt: [sqrt, Math.sqrt, 1],
  tanh: [tanh, Math.tanh, 2.6],
};

const binary: { readonly [name: string]: Claim<(x: Tensor, y: Tensor) => Tensor> } = {
  add: [add, (x, y) => x + y, 1],
  sub: [sub, (x, y) => x - y, 1],
  mul: [mul, (x, y) => x * y, 1],
  div: [div, (x, y) => x / y, 1],
  pow: [pow, (x, y) => x ** y, 2],
  maximum: [maximum, Math.max, 0],
  minimum: [minimum, Math.min, 0],
  less: [less, (x, y) => Number(x < y), 0],
  equal: [equal, (x, y) => Number(x === y), 0],
};

const devices = await Promise.all(
  ['reference', 'simd', 'gpujs:webasm', 'gpujs:cpu'].map((name) => openDevice(name)),
);

function agrees(got: number, exact: number, roundings: number, precision: 'f32' | 'f64'): boolean {
  if (precision === 'f64') return got === exact || (Number.isNaN(got) && Number.isNaN(exact));
  const allowed = roundings * 2 ** -24 * Math.abs(exact) + (roundings > 0 ? 2 ** -149 : 0);
  if (Number.isNaN(exact)) return Number.isNaN(got);
  if (Math.abs(exact) === Infinity) return got === exact;
  if (Math.abs(got) === Infinity) return got * exact > 0 && Math.abs(exact) + allowed > largest;
  return Math.abs(got - exact) <= allowed;
}

async function check(name: string, results: Tensor, exact: readonly number[], roundings: number) {
  assert.is(results.size, exact.length, name);
  for (const device of devices) {
    const [got] = await readAll([results], { device });
    assert.is(got.length, exact.length);
    exact.forEach((value, i) => {
      const fine = agrees(got[i], value, roundings, device.precision);
      assert.ok(fine, `${device.name}: ${name}: cell ${i} is ${got[i]}, expected ${value}`);
    });
  }
}

test('cell by cell, results are those of Math', async () => {
  await forAll(12, async (draw) => {
    const shape = draw.shape(draw.integer(0, 3));
    const [a, b] = [specials(draw, shape), specials(draw, shape)];
    const [x, y] = [tensor(a, shape), tensor(b, shape)];
    for (const [name, [fn, exact, roundings]] of Object.entries(unary)) {
      await check(
        `${name} of ${a}`,
        fn(x),
        Array.from(a, (v) => exact(v, 0)),
        roundings,
      );
    }
    for (const [name, [fn, exact, roundings]] of Object.entries(binary)) {
      const expected = Array.from(a, (v, i) => exact(v, b[i]));
      await check(`${name} of ${a} and ${b}`, fn(x, y), expected, roundings);
    }
  });
});

test('sums of nothing are 0, and special numbers go through sums and maxima', async () => {
  await forAll(12, async (draw) => {
    const [rows, columns] = draw.shape(2);
    // Any sum of these is exact in any order, or infinite, or no number.
    const few = [0, 1, -2, 3, 2 ** 20, Infinity, -Infinity, NaN];
    const cells = Float32Array.from(
      { length: rows * columns },
      () => few[draw.integer(0, draw.chance(0.5) ? 4 : few.length - 1)],
    );
    const x = tensor(cells, [rows, columns]);
    const row = (r: number) => [...cells.subarray(r * columns, (r + 1) * columns)];
    const sums = Array.from({ length: rows }, (_, r) => row(r).reduce((s, v) => s + v, 0));
    await check(`sums of ${cells}`, sum(x, 1), sums, 0);
    await check(`the sum of ${cells}`, sum(x), [cells.reduce((s, v) => s + v, 0)], 0);
    if (columns === 0) return;
    const tops = Array.from({ length: rows }, (_, r) => Math.max(...row(r)));
    await check(`maxima of ${cells}`, max(x, 1), tops, 0);
  });
});

test.run();
