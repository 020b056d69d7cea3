/** @file Victims of every kind: clicks of any shape are trained on and measured. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openDevice } from '../../../src/autodiff/index.ts';
import { fromPairs } from '../../../src/data/sparse.ts';
import { evaluateVictim, measure } from '../../../src/eval/index.ts';
import { modelKind, modelKinds } from '../../../src/models/index.ts';
import { forAll } from '../../autodiff/draw.ts';
import { tiny } from '../../models/tiny.ts';

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
        const metrics = await evaluateVictim(data, null, {
          kind,
          settings: tiny(kind),
          seed: 1,
          device,
          k: 3,
          targets: [0],
        });
        const { users: measured, recall, ndcg } = metrics;
        const rows = cells.slice(0, n).filter((u) => data.test.indptr[u + 1] > data.test.indptr[u]);
        assert.is(measured, rows.length);
        assert.ok(recall >= 0 && recall <= 1 && ndcg >= 0 && ndcg <= 1, kind.name);
      }
    });
  });
}

const users = 7;
const items = 9;

/** User 2 and item 8 have no clicks, user 5 has all but that item's. */
const clicks = fromPairs(
  [
    ...[0, 1, 4, 6].map((user) => [user, user] as [number, number]),
    ...[0, 1, 3, 4].map((user) => [user, 7 - user] as [number, number]),
    ...Array.from({ length: items - 1 }, (_, item) => [5, item] as [number, number]),
  ],
  users,
  items,
);

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
