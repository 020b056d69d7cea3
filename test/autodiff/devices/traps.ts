/** @file The traps that gpu.js sets, each as a check that throws an error where one snaps shut. */

import type { Device } from '../../../src/autodiff/devices/device.ts';
import { liveBuffers } from '../../../src/autodiff/devices/gpujs/gpujs.ts';
import {
  div,
  evaluate,
  exp,
  full,
  less,
  log1p,
  logSoftmax,
  max,
  mul,
  pow,
  readAll,
  release,
  rowIndex,
  segmentSum,
  sum,
  tensor,
  where,
} from '../../../src/autodiff/index.ts';
import { numbers } from './cases.ts';

/** Plain JavaScript, no part of the library: what the devices and `reference` must both say. */
const plainSum = (x: Float32Array): number => x.reduce((total, value) => total + value, 0);

function near(what: string, got: number, expected: number, bound: number): void {
  if (got !== expected && !(Math.abs(got - expected) <= bound)) {
    throw new Error(`${what}: expected ${expected} to within ${bound}, got ${got}`);
  }
}

/** Loops with bounds known and unknown to the compiler, beyond gpu.js's default of 1000 rounds. */
async function longLoops(device: Device): Promise<void> {
  for (const n of [1000, 1001, 2048, 2500]) {
    const x = numbers(n, 0, 1, n);
    const oneRow = rowIndex(new Int32Array(n), 1);
    const sums = [sum(tensor(x)), segmentSum(tensor(x, [n, 1]), oneRow)];
    const [known, unknown] = await readAll(sums, { device });
    const bound = 2 ** -24 * n * plainSum(x);
    near(`sum of ${n} terms`, known[0], plainSum(x), bound);
    near(`row of ${n} terms`, unknown[0], plainSum(x), bound);
  }
}

/** gpu.js keeps eight size signatures of a kernel, and bakes sizes into what it compiles. */
async function manyShapes(device: Device): Promise<void> {
  for (let n = 3; n < 15; n++) {
    const x = numbers(n, -1, 1, n);
    const results = [sum(tensor(x)), mul(tensor(x), tensor(x))];
    const [[total], squares] = await readAll(results, { device });
    near(`sum of ${n} terms`, total, plainSum(x), 1e-5);
    x.forEach((value, i) => near(`square ${i} of ${n}`, squares[i], value * value, 1e-7));
  }
}

/** Shaders have no literal infinity: gpu.js prints the largest f32 in its place. */
async function infinities(device: Device): Promise<void> {
  const rows = tensor([
    [-Infinity, 0, 0],
    [-Infinity, -Infinity, 5],
  ]);
  const x = tensor([-Infinity, 1, 2]);
  const masked = where(less(x, 1.5), -Infinity, x);
  const results = [exp(logSoftmax(rows)), max(x), exp(x), masked, max(masked), max(rows, 1)];
  const [probabilities, largest, weights, mask, ofMasked, ofRows] = await readAll(results, {
    device,
  });
  const expected = [0, 0.5, 0.5, 0, 0, 1];
  expected.forEach((p, i) => near(`probability ${i}`, probabilities[i], p, 1e-6));
  near('the largest', largest[0], 2, 0);
  near('exp of -Infinity', weights[0], 0, 0);
  near('a masked cell', mask[1], -Infinity, 0);
  near('the largest of masked cells', ofMasked[0], 2, 0);
  near('the largest of a row', ofRows[1], 5, 0);
  const [none] = await readAll([max(mul(full([3], Infinity), -1))], { device });
  near('the largest of nothing but -Infinity', none[0], -Infinity, 0);
}

/** Shaders divide by a product with the reciprocal, and flush one that is subnormal. */
async function farDivisors(device: Device): Promise<void> {
  const largest = 3.4028234663852886e38;
  const divisors = [largest, -largest, 1e38, -9e37, 5e37, 2 ** 126, 1e37, 3, 2 ** -100];
  const x = tensor(divisors);
  const [ones, halves, small] = await readAll([div(x, x), div(mul(x, -0.5), x), div(1e37, x)], {
    device,
  });
  divisors.forEach((y, i) => {
    // A division may be off by 2.5 ulp (WGSL), 5 units.
    near(`${y} / ${y}`, ones[i], 1, 5 * 2 ** -24);
    near(`half of ${y} / ${y}`, halves[i], -0.5, 5 * 2 ** -24);
    const quotient = Math.fround(1e37) / Math.fround(y);
    if (quotient < largest)
      near(`1e37 / ${y}`, small[i], quotient, 8 * 2 ** -24 * Math.abs(quotient));
  });
}

/** Shaders take powers by `exp2` and `log2`, and divide by 2 what the smallest number is half of. */
async function smallArguments(device: Device): Promise<void> {
  const given = [2 ** -126, -(2 ** -126), 3e-30, 1e-12, -1e-8, 0.25].map(Math.fround);
  const x = tensor(given);
  const [logs, first] = await readAll([log1p(x), pow(x, full(x.shape, 1))], { device });
  given.forEach((at, i) => {
    near(`log1p of ${at}`, logs[i], Math.log1p(at), 8 * 2 ** -24 * Math.abs(Math.log1p(at)));
    near(`${at} to the first power`, first[i], at, 0);
  });
  for (const n of [4, 5, 7, 12, 31]) {
    const [powers] = await readAll([pow(x, full(x.shape, n))], { device });
    // One product of n factors, each of them rounded.
    given.forEach((at, i) => {
      near(
        `${at} to the power ${n}`,
        powers[i],
        at ** n,
        n * 2 ** -24 * Math.abs(at ** n) + 2 ** -125,
      );
    });
  }
  const [nothing] = await readAll([mul(tensor([0, -0, 0.5]), 2 ** -149)], { device });
  nothing.forEach((y, i) => near(`product ${i} with 2^-149`, y, 0, i < 2 ? 0 : 2 ** -126));
}

/** One kernel uploads all arrays, and WebGPU compiles it while others wait. */
async function uploadsAtOnce(device: Device): Promise<void> {
  const arrays = [36, 3, 700, 1].map((n) => numbers(n, -1, 1, n));
  const uploaded = await readAll(
    arrays.map((array) => mul(tensor(array), 1)),
    { device },
  );
  arrays.forEach((array, i) => {
    near(`length of upload ${i}`, uploaded[i].length, array.length, 0);
    array.forEach((x, at) => near(`cell ${at} of upload ${i}`, uploaded[i][at], x, 0));
  });
}

/** Textures of WebGL are not collected: what is not deleted stays. */
async function freedBuffers(device: Device): Promise<void> {
  const before = liveBuffers(device);
  const x = tensor(numbers(100));
  const results = await evaluate([mul(x, x), sum(x)], { device });
  near('buffers of an input and two results', liveBuffers(device) - before, 3, 0);
  release(results);
  near('buffers of the input', liveBuffers(device) - before, 1, 0);
  // The input is a constant of the graph for as long as its tensor lives.
  near('the input', (await readAll([x], { device }))[0][0], numbers(1)[0], 0);
}

/** Each takes a fresh device. */
export const traps: { readonly [what: string]: (device: Device) => Promise<void> } = {
  'does not cut loops at 1000 rounds': longLoops,
  'keeps a kernel for each of twelve shapes': manyShapes,
  'knows infinity': infinities,
  'divides by numbers whose reciprocal is subnormal': farDivisors,
  'keeps small arguments and whole powers': smallArguments,
  'uploads several arrays at once': uploadsAtOnce,
  'frees what is released': freedBuffers,
};
