/** @file examples/learning-rate.ts against the same training written as plain loops. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lastDigit, numbersOf, printed } from './printed.ts';

type Data = { readonly x: number[][]; readonly y: number[][] };

const score = (weights: number[], row: number[]) =>
  row.reduce((sum, value, i) => sum + value * weights[i], 0);

const lossOf = (weights: number[], { x, y }: Data) =>
  x.reduce((sum, row, i) => sum + Math.log1p(Math.exp(-y[i][0] * score(weights, row))), 0) /
  x.length;

function trained({ x, y }: Data, rate: number, steps: number): number[] {
  let weights = x[0].map(() => 0);
  for (let step = 0; step < steps; step++) {
    const gradient = weights.map(() => 0);
    x.forEach((row, i) => {
      const slope = -y[i][0] / (1 + Math.exp(y[i][0] * score(weights, row)));
      row.forEach((value, k) => {
        gradient[k] += (slope * value) / x.length;
      });
    });
    weights = weights.map((w, k) => w - rate * gradient[k]);
  }
  return weights;
}

test('the losses and derivatives printed are those of plain loops at the same rate', async () => {
  const { example, lines } = await printed(() => import('../../examples/learning-rate.ts'));
  const { training, validation, steps } = example;
  const lossAt = (logRate: number) =>
    lossOf(trained(training, Math.exp(logRate), steps), validation);
  assert.is(lines.length, 5);
  for (const line of lines) {
    const [, rate, loss, slope] = numbersOf(line);
    const logRate = Math.log(rate);
    // Both are float64: they differ by the last of six digits, and by the twelfth digit of the rate.
    const expected = lossAt(logRate);
    assert.ok(Math.abs(loss - expected) <= 1.01 * lastDigit(expected, 6), `${loss}, ${expected}`);
    // Central differences of fourth order: truncation and rounding are below 1e-9.
    const h = 1e-3;
    const central = (width: number) =>
      (lossAt(logRate + width) - lossAt(logRate - width)) / width / 2;
    const difference = (4 * central(h) - central(2 * h)) / 3;
    const allowed = 1.01 * lastDigit(difference, 6) + 1e-9;
    assert.ok(Math.abs(slope - difference) <= allowed, `${slope}, ${difference}`);
  }
  // Every derivative is negative, so each printed rate is larger and each loss is lower.
  const losses = lines.map((line) => numbersOf(line)[2]);
  assert.equal(
    losses,
    [...losses].sort((a, b) => b - a),
  );
});

test.run();
