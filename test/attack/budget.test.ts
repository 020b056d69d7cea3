/** @file Budgets in words. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { averageClicks, budgetOf } from '../../src/attack/index.ts';
import { fromPairs } from '../../src/data/sparse.ts';

test('a budget is a count, or a share of the real users rounded down', () => {
  assert.is(budgetOf('50', 10), 50);
  assert.is(budgetOf(' 1% ', 13149), 131);
  assert.is(budgetOf('2.5%', 100), 2);
  for (const words of ['0', '1%', '-3', '1.5', 'many', '', '3 %']) {
    assert.throws(() => budgetOf(words, 50), /fake users: expected/);
  }
});

test('the average counts users without clicks', () => {
  const pairs = [0, 1, 2, 3, 4].map((item) => [1, item] as const);
  assert.is(averageClicks(fromPairs(pairs, 2, 5)), 3);
});

test.run();
