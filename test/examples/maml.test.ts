/** @file examples/maml.ts: what it learns beats what needs no learning; two modes agree. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { numbersOf, printed } from './printed.ts';

test('weights learned by MAML adapt better than any that ignore the points', async () => {
  const { lines } = await printed(() => import('../../examples/maml.ts'));
  const [before, after, check] = lines.map(numbersOf);
  // A sine of amplitude a has mean square a^2 / 2. For a uniform in [0.1, 5] its mean is
  // (5^3 - 0.1^3) / (3 * 4.9) / 2 = 4.25: the error of predicting 0, the best without the points.
  const withoutPoints = (5 ** 3 - 0.1 ** 3) / (3 * 4.9) / 2;
  assert.ok(after[0] < withoutPoints, `${after}`);
  assert.ok(after[0] < before[0]);
  // Both in float64, printed to nine digits; the roundings of some 1e6 operations are below these.
  assert.is.not(check[0], 0);
  assert.ok(Math.abs(check[0] - check[1]) <= 1e-8 * Math.abs(check[0]), `${check}`);
});

test.run();
