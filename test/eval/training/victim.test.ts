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

/** Recall and NDCG of lists of `k` items, by sorting the scores of each user that has test items. */
function sortedMetrics(scores: ArrayLike<number>, { train, test }: DataSet, k: number) {
  const gain = (ranks: readonly number[]) =>
    ranks.reduce((sum, rank) => sum + Math.LN2 / Math.log(1 + rank), 0);
  const { columns } = train;
  const each = Array.from({ length: train.rows }, (_, user) => {
    const tests = [...rowOf(test, user)];
    const score = (item: number) => scores[user * columns + item];
    const list = Array.from({ length: columns }, (_, item) => item)
      .filter((item) => !rowOf(train, user).includes(item))
      .sort((a, b) => score(b) - score(a) || a - b)
      .slice(0, k);
    const ranks = tests.filter((item) => list.includes(item)).map((item) => 1 + list.indexOf(item));
    const best = Array.from({ length: Math.min(k, tests.length) }, (_, i) => i + 1);
    return { tests, recall: ranks.length / tests.length, ndcg: gain(ranks) / gain(best) };
  }).filter(({ tests }) => tests.length > 0);
  const mean = (of: 'recall' | 'ndcg') =>
    each.reduce((sum, user) => sum + user[of], 0) / each.length;
  return { users: each.length, recall: mean('recall'), ndcg: mean('ndcg') };
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
        // A figure of a user takes some twenty roundings, the mean of at most ten users ten more.
        for (const metric of ['recall', 'ndcg'] as const) {
          const apart = Math.abs(got[metric] - expected[metric]);
          assert.ok(apart < 1e-14, `${kind.name}: ${metric} differs by ${apart}`);
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
