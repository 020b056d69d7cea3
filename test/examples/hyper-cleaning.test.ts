/** @file examples/hyper-cleaning.ts against the same training written as plain loops. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lastDigit, numbersOf, printed } from './printed.ts';

type Data = { readonly x: number[][]; readonly y: number[][] };

function probabilities(model: number[][], row: number[]): number[] {
  const powers = model[0].map((_, c) =>
    Math.exp(row.reduce((sum, v, i) => sum + v * model[i][c], 0)),
  );
  const total = powers.reduce((sum, p) => sum + p, 0);
  return powers.map((p) => p / total);
}

const lossOf = (model: number[][], { x, y }: Data) =>
  x.reduce((sum, row, i) => sum - Math.log(probabilities(model, row)[y[i].indexOf(1)]), 0) /
  x.length;

function trained({ x, y }: Data, weights: ArrayLike<number>, rate: number, steps: number) {
  let model = x[0].map(() => y[0].map(() => 0));
  for (let step = 0; step < steps; step++) {
    const slopes = x.map((row, i) =>
      probabilities(model, row).map((p, c) => weights[i] * (p - y[i][c])),
    );
    model = model.map((line, k) =>
      line.map(
        (w, c) => w - (rate / x.length) * slopes.reduce((sum, s, i) => sum + s[c] * x[i][k], 0),
      ),
    );
  }
  return model;
}

test('learned weights tell wrong labels from right ones, at the loss that is printed', async () => {
  const { example, lines } = await printed(() => import('../../examples/hyper-cleaning.ts'));
  const { training, validation, weights, rate, steps } = example;
  assert.is(lines.length, 3);
  const equal = training.x.map(() => 0.5);
  for (const [line, used] of [
    [lines[0], equal],
    [lines[2], weights],
  ] as const) {
    const [, loss] = numbersOf(line);
    const expected = lossOf(trained(training, used, rate, steps), validation);
    // Both are float64: they differ by the last of six digits.
    assert.ok(Math.abs(loss - expected) <= 1.01 * lastDigit(expected, 6), `${loss}, ${expected}`);
  }
  const [, before] = numbersOf(lines[0]);
  const [, after, right, wrong] = numbersOf(lines[2]);
  assert.ok(after < before);
  const meanWhere = (label: boolean) => {
    const chosen = [...weights].filter((_, i) => training.wrong[i] === label);
    return chosen.reduce((sum, w) => sum + w, 0) / chosen.length;
  };
  assert.ok(Math.abs(right - meanWhere(false)) <= 1e-3);
  assert.ok(Math.abs(wrong - meanWhere(true)) <= 1e-3);
  // From 1/2 for all, most weights of right labels rise and most of wrong ones fall.
  const correct = [...weights].filter((w, i) => w > 0.5 !== training.wrong[i]).length;
  assert.ok(correct > 0.8 * weights.length, `${correct} of ${weights.length}`);
});

test.run();
