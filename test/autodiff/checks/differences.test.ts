/** @file Differences against derivatives that are known in closed form. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  differentiate,
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

test('a constant has slope 0 and the error of its rounding', async () => {
  const { slope, error, step } = await differentiate(async () => ({ value: 2, scale: 2 }), 1);
  assert.is(slope, 0);
  assert.is(error, (2 * roundingError) / step);
});

test.run();
