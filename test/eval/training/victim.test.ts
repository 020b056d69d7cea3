/** @file Victims of every kind: clicks of any shape are trained on and measured. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openDevice } from '../../../src/autodiff/index.ts';
import type { DataSet } from '../../../src/data/index.ts';
import { fromPairs, rowOf } from '../../../src/data/sparse.ts';
import { evaluateVictim, measure } from '../../../src/eval/index.ts';
import { modelKind, modelKinds } from '../../../src/models/index.ts';
import { forAll } from '../../autodiff/draw.ts';
import { tiny } from '../../models/tiny.ts';
import { clicks, items, users } from '../../models/uneven.ts';

/**
 * Orders of items by score in which each of equal items takes each of their places as often as the
 * others: all groups of equal items turn round together, as often as makes whole turns of each.
 */
function ordersOf(list: readonly number[], score: (item: number) => number): number[][] {
  const groups = [...new Set(list.map(score))]
    .sort((a, b) => b - a)
    .map((value) => list.filter((item) => score(item) === value));
  let turns = 1;
  while (groups.some(({ length }) => turns % length !== 0)) turns++;
  return Array.from({ length: turns }, (_, turn) =>
    groups.flatMap((group) => group.map((_, i) => group[(i + turn) % group.length])),
  );
}

/** Recall and NDCG of lists of `k` items, means over orders of equal scores, by sorting. */
function sortedMetrics(scores: ArrayLike<number>, { train, test }: DataSet, k: number) {
  const gain = (ranks: readonly number[]) =>
    ranks.reduce((sum, rank) => sum + Math.LN2 / Math.log(1 + rank), 0);
  const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const { columns } = train;
  const each = Array.from({ length: train.rows }, (_, user) => {
    const tests = [...rowOf(test, user)];
    const ranked = Array.from({ length: columns }, (_, item) => item).filter(
      (item) => !rowOf(train, user).includes(item),
    );
    const ranks = ordersOf(ranked, (item) => scores[user * columns + item]).map((order) =>
      tests.map((item) => 1 + order.indexOf(item)).filter((rank) => rank > 0 && rank <= k),
    );
    const best = Array.from({ length: Math.min(k, tests.length) }, (_, i) => i + 1);
    return {
      tests,
      recall: average(ranks.map(({ length }) => length / tests.length)),
      ndcg: average(ranks.map((of) => gain(of) / gain(best))),
    };
  }).filter(({ tests }) => tests.length > 0);
  return {
    users: each.length,
    recall: average(each.map(({ recall }) => recall)),
    ndcg: average(each.map(({ ndcg }) => ndcg)),
  };
}

for (const name of ['reference', 'simd']) {
  const device = await openDevice(name, { threads: 1 });
  test(`every kind on ${name}: clicks of any shape are trained on and measured`, async () => {
    await forAll(6, async (draw) => {
      const [n, m] = draw.shape(2).map((extent) => extent + 1);
      const cells = Array.from({ length: n * m }, (_, i) => i);
      const drawn = (share: number) =>
        fromPairs(
          cells.filter(() => draw.chance(share)).map((i) => [Math.floor(i / m), i % m]),
          n,
          m,
        );
      const data = { name: 'drawn', train: drawn(0.4), test: drawn(0.3) };
      if (data.test.indices.length === 0) return;
      for (const kind of modelKinds) {
        const how = { seed: 1, device };
        const options = { kind, settings: tiny(kind), ...how, k: 3, targets: [0] };
        const got = await evaluateVictim(data, null, options);
        const model = await kind.fit(data.train, tiny(kind), how);
        const scores = await model.scores(Int32Array.from({ length: n }, (_, user) => user));
        model.release();
        const expected = sortedMetrics(scores, data, 3);
        assert.is(got.users, expected.users);
        // A figure takes some twenty roundings, its mean over at most 60 orders of equal items 60
        // more, and that over at most ten users ten: 90 of 2^-53.
        for (const metric of ['recall', 'ndcg'] as const) {
          const apart = Math.abs(got[metric] - expected[metric]);
          assert.ok(apart < 90 * 2 ** -53, `${kind.name}: ${metric} differs by ${apart}`);
        }
      }
    });
  });
}

test('users without test items are not measured, items nobody clicked are ranked', async () => {
  const test = fromPairs([[1, 8]], users, items);
  const data = { name: 'one test item', train: clicks, test };
  const scores = async (rows: Int32Array) =>
    Float64Array.from({ length: rows.length * items }, (_, i) => i % items);
  const { users: measured, recall } = await measure(scores, data, { k: 1 });
  assert.is(measured, 1);
  assert.is(recall, 1);
});

test('wrmf-als names the weight that f32 cannot solve with, and the mend', async () => {
  const simd = await openDevice('simd', { threads: 1 });
  // Everyone clicked item 0; the systems of the others are those of weight 1e8.
  const pairs = Array.from({ length: 60 }, (_, user): [number, number][] => [
    [user, 0],
    [user, 1 + (user % 39)],
  ]);
  const train = fromPairs(pairs.flat(), 60, 40);
  const test = fromPairs([[0, 5]], 60, 40);
  const kind = modelKind('wrmf-als');
  const settings = { ...kind.synthetic, weight: 1e8 };
  const options = { kind, settings, seed: 1, device: simd, k: 5 };
  const message = await evaluateVictim({ name: 'popular', train, test }, null, options).then(
    () => 'nothing thrown',
    (error: Error) => error.message,
  );
  assert.match(
    message,
    /^wrmf-als diverged: .*: lower weight, now 100000000, raise regularization, now 0.05, or use the device reference/,
  );
});

test.run();
