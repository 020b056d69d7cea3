/** @file Differences against derivatives that are known in closed form. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  differentiate,
  kinkAt,
  richardson,
  roundingError,
} from '../../../src/autodiff/checks/differences.ts';

test('extrapolation removes as many even powers of the step as there are steps but one', () => {
  for (const ratio of [2, 4]) {
    for (let count = 1; count <= 4; count++) {
      const steps = Array.from({ length: count }, (_, i) => ratio ** -i);
      const values = steps.map((h) =>
        steps.slice(1).reduce((sum, _, i) => sum + (i + 1) * h ** (2 * i + 2), 3),
      );
      // Numbers below 10, rounded a few times in each of at most 3 rounds.
      assert.ok(Math.abs(richardson(values, ratio) - 3) <= 30 * 10 * Number.EPSILON);
    }
  }
});

test('a slope is within its error, at every size of argument', async () => {
  const functions = [
    { fn: Math.exp, slope: Math.exp, at: [-3, 0, 0.7, 5] },
    { fn: Math.sin, slope: Math.cos, at: [-40, 0.1, 1e3] },
    { fn: Math.log, slope: (x: number) => 1 / x, at: [0.01, 1, 1e4] },
  ];
  for (const { fn, slope, at } of functions) {
    for (const x of at) {
      const sample = async (y: number) => ({ value: fn(y), scale: Math.abs(fn(y)) });
      const found = await differentiate(sample, x);
      assert.ok(Math.abs(found.slope - slope(x)) <= found.error, `${fn.name} at ${x}`);
    }
  }
});

const gauss = (x: number, scale: number) => Math.exp(-((scale * x) ** 2));
const sampled = (fn: (x: number) => number) => async (x: number) => ({
  value: fn(x),
  scale: Math.abs(fn(x)),
});

test('a slope is that at the point where long steps agree on another', async () => {
  const cases: [fn: (x: number) => number, at: number, slope: number][] = [
    // Steps of many waves.
    ...[1e4, 10000.37, 1e6, 1e8].map((at): [typeof Math.sin, number, number] => [
      Math.sin,
      at,
      Math.cos(at),
    ]),
    [(x) => Math.sin(1e4 * x), 2, 1e4 * Math.cos(2e4)],
    // A function that is flat but for a hill of the width 1 at 2023.5, or of 1e-4 at 0.
    [(x) => gauss(x - 2023.5, Math.SQRT1_2), 2024, -0.5 * Math.exp(-0.125)],
    [(x) => gauss(x, 1e4), 1e-6, -200 * gauss(1e-6, 1e4)],
  ];
  for (const [fn, at, slope] of cases) {
    const found = await differentiate(sampled(fn), at);
    assert.ok(Math.abs(found.slope - slope) <= found.error, `${fn} at ${at}: ${found.slope}`);
    assert.ok(found.error < Math.abs(slope) / 10, `${fn} at ${at}: ${found.error}`);
  }
});

test('a kink is where slopes stay apart as the step goes to 0', async () => {
  assert.equal(await kinkAt(sampled(Math.abs), 0, 1), { left: -1, right: 1 });
  const bent = (x: number) => Math.abs(x - 2) + 50 * (x - 2) ** 2;
  const { left, right } = (await kinkAt(sampled(bent), 2, 1)) ?? { left: 0, right: 0 };
  assert.ok(Math.abs(left + 1) < 1e-3 && Math.abs(right - 1) < 1e-3, `${left}, ${right}`);
  for (const step of [100, 1, 1e-4]) {
    for (const at of [0.5, 1e4, 1e6]) assert.not(await kinkAt(sampled(Math.sin), at, step));
    assert.not(
      await kinkAt(
        sampled((x) => Math.tanh(1e6 * x)),
        1e-7,
        step,
      ),
    );
  }
});

test('a constant has slope 0 and the error of its rounding', async () => {
  const { slope, error, step } = await differentiate(async () => ({ value: 2, scale: 2 }), 1);
  assert.is(slope, 0);
  assert.is(error, (2 * roundingError) / step);
});

test.run();
