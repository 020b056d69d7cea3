/** @file Budgets in words. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  allowanceOf,
  averageClicks,
  budgetFor,
  budgetOf,
  type Goal,
} from '../../src/attack/index.ts';
import { random } from '../../src/data/random.ts';
import { fromPairs } from '../../src/data/sparse.ts';

test('a budget is a count, or a share of the real users rounded down', () => {
  assert.is(budgetOf('50', 10), 50);
  assert.is(budgetOf(' 1% ', 13149), 131);
  assert.is(budgetOf('2.5%', 100), 2);
  // 0.007 * 1000 and 0.29 * 100 are a little below 7 and 29 in float64.
  assert.is(budgetOf('0.7%', 1000), 7);
  assert.is(budgetOf('29%', 100), 29);
  for (const words of ['0', '1%', '-3', '1.5', 'many', '', '3 %']) {
    assert.throws(() => budgetOf(words, 50), /fake users: expected/);
  }
});

test('the average counts users without clicks', () => {
  const pairs = [0, 1, 2, 3, 4].map((item) => [1, item] as const);
  assert.is(averageClicks(fromPairs(pairs, 2, 5)), 3);
});

test('genuine lengths are drawn from those of users with clicks, and make room for targets', () => {
  // Lengths 0, 1, 3: of 3000 draws 1500 +- 5 deviations of sqrt(3000 / 4) are of each of the last.
  const train = fromPairs(
    [
      [1, 0],
      [2, 0],
      [2, 1],
      [2, 2],
    ],
    3,
    4,
  );
  const none: Goal = { kind: 'untargeted' };
  const { lengths } = budgetFor(train, 3000, 'genuine', none, random(1));
  const long = lengths.filter((length) => length === 3).length;
  assert.is(lengths.filter((length) => length === 1).length, 3000 - long);
  assert.ok(Math.abs(long - 1500) <= 5 * Math.sqrt(750), `${long}`);
  const goal: Goal = { kind: 'promote', targets: [0, 1] };
  const wider = budgetFor(train, 3000, 'genuine', goal, random(1)).lengths;
  assert.equal([...wider], [...lengths.map((length) => Math.max(2, length))]);
  assert.equal([...budgetFor(train, 2, 'free', goal, random(1)).lengths], [4, 4]);
  assert.equal([...budgetFor(train, 2, 3, goal, random(1)).lengths], [3, 3]);
});

test('lengths that nothing fits are refused', () => {
  const train = fromPairs([[0, 0]], 1, 4);
  const goal: Goal = { kind: 'promote', targets: [0, 1] };
  for (const clicks of [1, 5, 2.5]) {
    assert.throws(
      () => budgetFor(train, 1, clicks, goal, random(1)),
      /clicks: expected 2 \(the targets\) to 4 \(the items\)/,
    );
  }
  const idle = fromPairs([], 2, 4);
  assert.throws(() => budgetFor(idle, 1, 'genuine', goal, random(1)), /no real user has a click/);
  assert.is(allowanceOf('34'), 34);
  assert.is(allowanceOf('genuine'), 'genuine');
  for (const words of ['0', '-1', '1.5', 'all', '']) {
    assert.throws(() => allowanceOf(words), /clicks: expected genuine, free or a number/);
  }
});

test.run();
