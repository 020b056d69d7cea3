/** @file Student's interval against printed tables, closed forms and an integral of the density. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Estimate, estimate, studentQuantile } from '../../../src/eval/index.ts';

test("Student's quantiles are those of printed tables", () => {
  const printed: [number, number][] = [
    [1, 12.706],
    [2, 4.303],
    [3, 3.182],
    [4, 2.776],
    [5, 2.571],
    [9, 2.262],
    [10, 2.228],
    [30, 2.042],
    [120, 1.98],
  ];
  for (const [degrees, t] of printed) {
    assert.ok(Math.abs(studentQuantile(degrees) - t) < 5e-4, `${degrees}`);
  }
  assert.ok(Math.abs(studentQuantile(4, 0.99) - 4.604) < 5e-4);
});

test('one and two degrees of freedom have closed forms', () => {
  const cauchy = Math.tan((0.95 * Math.PI) / 2);
  assert.ok(Math.abs(studentQuantile(1) / cauchy - 1) < 1e-12);
  // P(|T| < t) = t / sqrt(2 + t^2) for two degrees.
  const two = 0.95 * Math.sqrt(2 / (1 - 0.95 ** 2));
  assert.ok(Math.abs(studentQuantile(2) / two - 1) < 1e-12);
});

test('the density between the quantiles integrates to the probability', () => {
  for (const degrees of [3, 6, 11]) {
    const t = studentQuantile(degrees, 0.8);
    const density = (x: number) => (1 + x ** 2 / degrees) ** (-(degrees + 1) / 2);
    // Simpson's rule on n intervals errs by less than 1e-10 here; the tail is substituted x = t / u.
    const simpson = (f: (x: number) => number, from: number, to: number) => {
      const n = 4000;
      let sum = f(from) + f(to);
      for (let i = 1; i < n; i++) sum += (i % 2 === 1 ? 4 : 2) * f(from + ((to - from) * i) / n);
      return (sum * (to - from)) / n / 3;
    };
    const inside = simpson(density, 0, t);
    const outside = simpson((u) => (u === 0 ? 0 : (density(t / u) * t) / u ** 2), 0, 1);
    assert.ok(Math.abs(inside / (inside + outside) - 0.8) < 1e-9, `${degrees}`);
  }
});

test('an estimate is the mean and t times the standard error', () => {
  const { mean, margin, deviation, count } = estimate([1, 2, 6]) as Estimate;
  assert.equal([mean, count], [3, 3]);
  // Deviations -2, -1, 3: variance 14 / 2 = 7.
  assert.is(deviation, Math.sqrt(7));
  assert.ok(Math.abs(margin - 4.302652729911275 * Math.sqrt(7 / 3)) < 1e-9);
  assert.is(estimate([]), null);
  assert.is(estimate([4])?.mean, 4);
  assert.ok(Number.isNaN(estimate([4])?.margin));
  assert.ok(Number.isNaN(estimate([1, Number.NaN])?.mean));
});

test.run();
