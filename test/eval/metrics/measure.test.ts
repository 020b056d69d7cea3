/** @file Metrics on rankings worked out by hand. */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fromPairs } from '../../../src/data/index.ts';
import { UserError } from '../../../src/errors.ts';
import { measure, measureRecall } from '../../../src/eval/index.ts';

const items = 5;
// User 0 has clicked item 0, user 1 nothing, user 2 item 4; user 2 has no test item.
const data = {
  name: 'by hand',
  train: fromPairs(
    [
      [0, 0],
      [2, 4],
    ],
    3,
    items,
  ),
  test: fromPairs(
    [
      [0, 2],
      [0, 3],
      [1, 4],
    ],
    3,
    items,
  ),
};
const table = [
  [9, 5, 4, 1, 3],
  [5, 4, 3, 2, 1],
  [1, 2, 3, 4, 5],
];
const score = async (users: Int32Array) =>
  Float64Array.from([...users].flatMap((user) => table[user]));

test('counts users with test items, ranks without the clicks of training', async () => {
  // User 0 ranks 1, 2, 4, 3; its tests 2 and 3 are at places 2 and 4. User 1: item 4 at place 5.
  const metrics = await measure(score, data, { k: 2, targets: [1], blockUsers: 1 });
  assert.is(metrics.users, 2);
  assert.is(metrics.hitRate, 1 / 2);
  assert.is(metrics.recall, (1 / 2 + 0) / 2);
  const ideal = 1 + 1 / Math.log2(3);
  assert.is(metrics.ndcg, (1 / Math.log2(3) / ideal + 0) / 2);
  assert.is(metrics.ndcgOfTests, metrics.ndcg);
  assert.is(metrics.meanRank, (2 + 4 + 5) / 3);
  assert.is(metrics.targetHitRate, 1);
  assert.is(metrics.targetMeanRank, (1 + 2) / 2);
});

test('the published NDCG ends each list after as many items as there are tests', async () => {
  // User 0 has tests at places 2 and 4 of 2 tests, user 1 one at place 5 of 1 test.
  const { ndcg, ndcgOfTests } = await measure(score, data, { k: 5 });
  const [second, fourth, fifth] = [2, 4, 5].map((rank) => 1 / Math.log2(1 + rank));
  const ideal = 1 + second;
  assert.is(ndcg, ((second + fourth) / ideal + fifth) / 2);
  assert.is(ndcgOfTests, (second / ideal + 0) / 2);
});

test('measureRecall is the recall of measure', async () => {
  for (const k of [1, 2, 3, 9]) {
    const { recall } = await measure(score, data, { k });
    assert.is(await measureRecall(score, data, { k, blockUsers: 1 }), recall);
  }
});

test('a target clicked in training is no hit and has no rank', async () => {
  const metrics = await measure(score, data, { k: 1, targets: [0] });
  assert.is(metrics.targetHitRate, 1 / 2);
  assert.is(metrics.targetMeanRank, 1);
});

test('TargetHR is over the users with test items, and apart from that over all', async () => {
  // First places: users 0 and 1 have item 1 (item 0 is a click of 0) and 0, user 2 has item 3.
  const of = (target: number) => measure(score, data, { k: 1, targets: [target] });
  const [one, three] = [await of(1), await of(3)];
  assert.equal([one.users, one.allUsers], [2, 3]);
  assert.equal([one.targetHitRate, one.targetHitRateOfAll], [1 / 2, 1 / 3]);
  assert.equal([three.targetHitRate, three.targetHitRateOfAll], [0, 1 / 3]);
  assert.is(one.recall, three.recall);
  const none = await measure(score, data, { k: 1 });
  assert.equal([none.users, none.allUsers, none.recall], [2, 3, one.recall]);
  assert.ok(Number.isNaN(none.targetHitRateOfAll));
});

/** All orders of some items. */
function orders(of: readonly number[]): number[][] {
  if (of.length === 0) return [[]];
  return of.flatMap((item) =>
    orders(of.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}

test('where scores are equal, figures are means over all orders of the equal items', async () => {
  const few = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 6, maxLength: 6 });
  const parts = fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6, maxLength: 6 });
  const property = fc.asyncProperty(
    few,
    parts,
    fc.integer({ min: 1, max: 7 }),
    async (scores, [clicked, first, second, target, other], k) => {
      const one = (pairs: number[]) =>
        fromPairs(
          pairs.map((item) => [0, item]),
          1,
          6,
        );
      const tests = [first, second];
      const targets = [target, other, clicked];
      const metrics = await measure(
        async () => Float64Array.from(scores),
        { name: 'ties', train: one([clicked]), test: one(tests) },
        { k, targets },
      );
      const items = [0, 1, 2, 3, 4, 5].filter((item) => item !== clicked);
      const lists = orders(items).filter((list) =>
        list.every((item, i) => i === 0 || scores[list[i - 1]] >= scores[item]),
      );
      const mean = (of: (list: number[]) => number) =>
        lists.reduce((sum, list) => sum + of(list), 0) / lists.length;
      const gained = (list: number[], length: number) =>
        list
          .slice(0, length)
          .reduce((sum, item, i) => sum + (tests.includes(item) ? 1 / Math.log2(i + 2) : 0), 0);
      const length = Math.min(2, k);
      const ideal = gained([first, second], length);
      const among = (some: number[]) => (list: number[]) =>
        +list.slice(0, k).some((item) => some.includes(item));
      const rank = (some: number[]) => (list: number[]) =>
        some.reduce((sum, item) => sum + list.indexOf(item) + 1, 0) / some.length;
      const near = (got: number, expected: number, what: string) =>
        assert.ok(Math.abs(got - expected) < 1e-12, `${what}: ${got}, not ${expected}`);
      near(metrics.hitRate, mean(among(tests)), 'hitRate');
      near(
        metrics.recall,
        mean((list) => list.slice(0, k).filter((item) => tests.includes(item)).length / 2),
        'recall',
      );
      near(
        metrics.ndcg,
        mean((list) => gained(list, k) / ideal),
        'ndcg',
      );
      near(
        metrics.ndcgOfTests,
        mean((list) => gained(list, length) / ideal),
        'ndcgOfTests',
      );
      near(metrics.meanRank, mean(rank(tests)), 'meanRank');
      near(metrics.targetHitRate, mean(among(targets)), 'targetHitRate');
      near(metrics.targetMeanRank, mean(rank([target, other])), 'targetMeanRank');
    },
  );
  await fc.assert(property, { seed: 3, numRuns: 300 });
});

test('targets that are no items or come twice, and lists without a place, are refused', async () => {
  const refused = async (k: number, targets: number[], message: RegExp) => {
    const error = await measure(score, data, { k, targets }).catch((thrown: Error) => thrown);
    assert.instance(error, UserError);
    assert.match((error as Error).message, message);
  };
  await refused(2, [9], /target 9 is no item: give whole numbers from 0 to 4/);
  await refused(2, [1.5], /target 1.5 is no item/);
  await refused(2, [1, 3, 1], /target 1 comes twice/);
  await refused(0, [], /k: expected a whole number from 1, got 0/);
});

test('block size does not matter', async () => {
  const one = await measure(score, data, { k: 3, targets: [0, 3], blockUsers: 1 });
  assert.equal(one, await measure(score, data, { k: 3, targets: [0, 3], blockUsers: 2 }));
});

test('a score that is not a number is an error naming the user', async () => {
  const broken = async (users: Int32Array) => new Float64Array(users.length * items).fill(NaN);
  try {
    await measure(broken, data, { k: 1 });
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, 'user 0');
  }
});

test.run();
