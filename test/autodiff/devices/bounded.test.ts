/** @file The bounds that devices are held to: they cover what f32 does, and are not wider than that. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  evaluate,
  log,
  log1p,
  mul,
  release,
  sign,
  sqrt,
  sub,
  sum,
  type Tensor,
  tensor,
} from '../../../src/autodiff/index.ts';
import { forAll } from '../draw.ts';
import { type Accuracy, type BoundedBuffer, ieee, largest, openBounded } from './bounded.ts';
import { simdAccuracy } from './simd/accuracy.ts';

async function bounded(x: Tensor, accuracy: Accuracy) {
  const results = await evaluate([x], { device: openBounded(accuracy) });
  const { values, errors } = (results[0] as unknown as { value: { buffer: BoundedBuffer } }).value
    .buffer;
  release(results);
  return { value: values[0], error: errors[0] };
}

const { fround } = Math;

/** Sums in f32, by `lanes` running sums that are added in the end. */
function lanesSum(terms: readonly number[], lanes: number): number {
  const totals = new Float32Array(lanes);
  terms.forEach((x, i) => (totals[i % lanes] = totals[i % lanes] + x));
  return totals.reduce((total, x) => fround(total + x), 0);
}

test('a sum whose parts leave f32 in another order has a bound only in the order given', async () => {
  const terms = [-2.5, -0.4, 2.2, 0.9, -1.7].map((x) => fround(x * 1e38));
  assert.is(lanesSum(terms, 4), -Infinity);
  assert.ok(Math.abs(lanesSum(terms, 1) + 1.5e38) < 1e32);
  assert.is((await bounded(sum(tensor(terms)), simdAccuracy)).error, Infinity);
  assert.ok((await bounded(sum(tensor(terms)), ieee)).error < 1e32);
  // The parts of these stay inside in any order.
  const half = terms.map((x) => x / 2);
  assert.ok((await bounded(sum(tensor(half)), simdAccuracy)).error < 1e32);
});

test('after an overflow that reference has not, a device may have NaN, whose sign is NaN', async () => {
  const beyond = add(tensor([largest]), tensor([largest]));
  const lost = add(beyond, tensor([-Infinity]));
  assert.ok(Number.isNaN(fround(2 * largest) - Infinity));
  assert.equal(await bounded(sign(lost), ieee), { value: -1, error: Infinity });
  // Without the overflow it is sure.
  const kept = add(tensor([largest]), tensor([-Infinity]));
  assert.equal(await bounded(sign(kept), ieee), { value: -1, error: 0 });
});

test('of a root whose argument a device may have below zero nothing is said', async () => {
  // In float64 what is small is lost between two numbers that cancel; in another order it is not.
  const terms = [largest / 2, -1.4, -largest / 2];
  const argument = sum(tensor(terms));
  assert.is((await bounded(argument, simdAccuracy)).value, 0);
  assert.is(fround(fround(terms[0] + terms[2]) + fround(terms[1])), fround(-1.4));
  for (const root of [sqrt, log, log1p]) {
    const at = root === log1p ? sub(argument, tensor([1])) : argument;
    assert.is((await bounded(root(at), simdAccuracy)).error, Infinity);
  }
  // What flushing may take from a square leaves it a square.
  const flushing = { ...ieee, floor: 2 ** -125 };
  const tiny = tensor([1e-30]);
  assert.ok((await bounded(sqrt(mul(tiny, tiny)), flushing)).error < 1e-18);
  assert.ok((await bounded(sqrt(add(tensor([2]), tensor([0.1]))), ieee)).error < 1e-6);
});

test('the bound of a sum holds in every order, with special numbers too, and is near', async () => {
  const kinds = [0, -0, 1, -3, 2 ** 23, 0.1, -1e-3, 1e30, 3e38, -3e38, Infinity, -Infinity, NaN];
  let nearest = Infinity;
  await forAll(300, async (draw) => {
    const tame = draw.chance(0.7);
    const count = draw.integer(0, 12);
    const terms = Array.from({ length: count }, () =>
      fround(kinds[draw.integer(0, (tame ? 8 : kinds.length) - 1)] * (1 + draw.integer(0, 9) / 7)),
    );
    const { value, error } = await bounded(sum(tensor(terms, [count])), simdAccuracy);
    for (const lanes of [1, 2, 4, 8]) {
      const got = lanesSum(terms, lanes);
      if (error === Infinity) continue;
      const off = Number.isFinite(value) ? Math.abs(got - value) : Object.is(got, value) ? 0 : NaN;
      assert.ok(off <= error, `${terms} by ${lanes} lanes is ${got}, not ${value} within ${error}`);
      if (off > 0) nearest = Math.min(nearest, error / off);
    }
  });
  assert.ok(nearest < 8, `no sum came nearer to its bound than ${nearest} times`);
});

test.run();
