/** @file What holds for every kind of recommender: seeds, clicks of any shape, saving, stopping. */

import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Device, openDevice } from '../../src/autodiff/index.ts';
import { fromPairs, type SparseMatrix, stackRows } from '../../src/data/sparse.ts';
import { type ModelKind, modelKinds } from '../../src/models/index.ts';
import { tiny } from './tiny.ts';
import { clicks, items, users } from './uneven.ts';

/** Rows without clicks, with all, and two that are alike. */
const fakes = fromPairs(
  [
    ...Array.from({ length: items }, (_, item) => [1, item] as [number, number]),
    ...[2, 3].flatMap((fake) => [0, 4, 7].map((item) => [fake, item] as [number, number])),
  ],
  4,
  items,
);

const everyone = Int32Array.from({ length: users }, (_, user) => user);

async function scoresOf(kind: ModelKind, data: SparseMatrix, seed: number, device: Device) {
  const model = await kind.fit(data, tiny(kind), { seed, device });
  const scores = await model.scores(everyone);
  model.release();
  return scores;
}

const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  a.length === b.length && Array.from(a).every((value, i) => Object.is(value, b[i]));

test('a kind is in the file of its name', () => {
  for (const { name } of modelKinds) {
    assert.ok(existsSync(new URL(`../../src/models/${name}.ts`, import.meta.url)), name);
  }
});

for (const name of ['reference', 'simd']) {
  const device = await openDevice(name, { threads: 1 });
  for (const kind of modelKinds) {
    test(`${kind.name} on ${name}: the same seed gives the same bits`, async () => {
      const first = await scoresOf(kind, clicks, 1, device);
      assert.is(first.length, users * items);
      assert.ok(same(first, await scoresOf(kind, clicks, 1, device)));
      const other = await scoresOf(kind, clicks, 2, device);
      // Neighbours are counted, not drawn.
      assert.is(same(first, other), kind.name === 'item-cf');
    });

    test(`${kind.name} on ${name}: scores are finite whatever fake users click`, async () => {
      const scores = await scoresOf(kind, stackRows(clicks, fakes), 1, device);
      assert.is(scores.length, users * items);
      assert.ok(scores.every(Number.isFinite));
    });

    test(`${kind.name} on ${name}: a model made from its arrays gives the same bits`, async () => {
      const model = await kind.fit(clicks, tiny(kind), { seed: 1, device });
      const loaded = kind.load(clicks, tiny(kind), await model.arrays(), device);
      // Users of any number, in any order, more than once.
      const some = Int32Array.of(5, 2, 2, 0);
      const [scores, again] = [await model.scores(some), await loaded.scores(some)];
      assert.ok(same(scores, again));
      const all = await model.scores(everyone);
      some.forEach((user, row) => {
        const cut = (x: typeof all, at: number) => x.slice(at * items, (at + 1) * items);
        assert.ok(same(cut(scores, row), cut(all, user)));
      });
      assert.throws(
        () => kind.load(stackRows(clicks, fakes), tiny(kind), {}, device),
        /expected shape/,
      );
    });

    if (!('epochs' in kind.defaults)) continue;
    test(`${kind.name} on ${name}: training ends where onEpoch says so`, async () => {
      const steps: [number, number][] = [];
      const scores: (Float32Array | Float64Array)[] = [];
      const stopped = await kind.fit(clicks, tiny(kind), {
        seed: 1,
        device,
        onStep: (done, total) => steps.push([done, total]),
        onEpoch: async (epoch, model) => {
          scores.push(await model.scores(everyone));
          return epoch === 2;
        },
      });
      assert.is(scores.length, 2);
      assert.not.ok(same(scores[0], scores[1]));
      assert.ok(same(await stopped.scores(everyone), scores[1]));
      const [last] = steps.slice(-1);
      assert.is(steps.length, last[0]);
      // Two epochs of three; the last one of wrmf-als ends in its factors.
      assert.is(last[0], 2 * Math.ceil(last[1] / 3));
      stopped.release();
    });
  }
}

test.run();
