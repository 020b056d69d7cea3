/** @file examples/newton-cg.ts against the same training written as plain loops. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lastDigit, numbersOf, printed } from './printed.ts';

type Data = { readonly x: number[][]; readonly y: number[][] };
type Example = typeof import('../../examples/newton-cg.ts');

const score = (weights: number[], row: number[]) =>
  row.reduce((sum, value, i) => sum + value * weights[i], 0);

const lossOf = (weights: number[], { x, y }: Data) =>
  x.reduce((sum, row, i) => sum + Math.log1p(Math.exp(-y[i][0] * score(weights, row))), 0) /
  x.length;

/** The outer objective after training with these penalties, as logarithms. */
function objectiveOf(
  { training, validation, steps, rate, prior }: Example,
  at: readonly number[],
): number {
  let weights = at.map(() => 0);
  for (let step = 0; step < steps; step++) {
    const gradient = weights.map((w, k) => 2 * Math.exp(at[k]) * w);
    training.x.forEach((row, i) => {
      const label = training.y[i][0];
      const slope = -label / (1 + Math.exp(label * score(weights, row)));
      row.forEach((value, k) => {
        gradient[k] += (slope * value) / training.x.length;
      });
    });
    weights = weights.map((w, k) => w - rate * gradient[k]);
  }
  return lossOf(weights, validation) + prior * at.reduce((sum, v) => sum + (v + 3) ** 2, 0);
}

test("Newton's method finds the minimum of the plain loops' objective, superlinearly", async () => {
  const { example, lines } = await printed(() => import('../../examples/newton-cg.ts'));
  const { history } = example;
  const objective = (at: readonly number[]) => objectiveOf(example, at);
  const moved = (at: readonly number[], k: number, by: number) =>
    at.map((value, i) => (i === k ? value + by : value));
  assert.is(lines.length, history.length + 1);
  for (const [i, { at, value, gradient }] of history.entries()) {
    const expected = objective(at);
    // Both are float64, with some 1e4 roundings of numbers below 1.
    assert.ok(Math.abs(value - expected) <= 1e4 * Number.EPSILON, `${value}, ${expected}`);
    const [, shown, norm] = numbersOf(lines[i]);
    assert.ok(Math.abs(shown - value) <= 1.01 * lastDigit(value, 9));
    assert.ok(Math.abs(norm - Math.hypot(...gradient)) <= 1e-3 * norm);
    // Central differences of fourth order: truncation and rounding are below 1e-10.
    gradient.forEach((slope, k) => {
      const h = 1e-2;
      const central = (by: number) =>
        (objective(moved(at, k, by)) - objective(moved(at, k, -by))) / by / 2;
      const difference = (4 * central(h) - central(2 * h)) / 3;
      assert.ok(Math.abs(slope - difference) <= 1e-7, `${i}, ${k}: ${slope}, ${difference}`);
    });
  }
  const norms = history.map(({ gradient }) => Math.hypot(...gradient));
  const last = norms.length - 1;
  assert.ok(norms[last] < 1e-10 && last <= 10, `${norms}`);
  // Of a forcing term that falls with the root of the gradient, the order is 1.5.
  assert.ok(norms[last - 1] <= norms[last - 2] ** 1.25, `${norms}`);
  // A minimum: no small step from there lowers the objective.
  const { at } = history[last];
  for (const k of at.keys()) {
    for (const by of [0.05, -0.05]) assert.ok(objective(moved(at, k, by)) > objective(at));
  }
  const penalties = numbersOf(lines[lines.length - 1]);
  at.forEach((value, k) => {
    assert.ok(Math.abs(penalties[k] - Math.exp(value)) <= 1.01 * lastDigit(penalties[k], 4));
  });
});

test.run();
