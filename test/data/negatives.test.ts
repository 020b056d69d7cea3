/** @file Negatives: never clicked, all alike, in batches that hold each click once. */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ClickBatch,
  clickBatches,
  contrasted,
  unclickedItem,
} from '../../src/data/negatives.ts';
import { random } from '../../src/data/random.ts';
import { fromPairs, rowOf } from '../../src/data/sparse.ts';

/** Clicks of up to 6 users on up to 12 items; the last user, a fake one, may click them all. */
const drawnClicks = fc
  .record({ users: fc.integer({ min: 1, max: 6 }), items: fc.integer({ min: 1, max: 12 }) })
  .chain(({ users, items }) =>
    fc
      .record({
        cells: fc.array(fc.boolean(), { minLength: users * items, maxLength: users * items }),
        full: fc.boolean(),
        seed: fc.nat(),
        size: fc.integer({ min: 1, max: 9 }),
        negatives: fc.integer({ min: 1, max: 4 }),
      })
      .map(({ cells, full, ...rest }) => {
        const pairs = cells.flatMap((clicked, cell) => {
          const [user, item] = [Math.floor(cell / items), cell % items];
          return clicked || (full && user === users - 1) ? [[user, item] as const] : [];
        });
        return { clicks: fromPairs(pairs, users, items), ...rest };
      }),
  );

const flat = (batches: readonly ClickBatch[]) =>
  batches.map(({ users, items }) => [[...users], [...items]]);

test('an epoch holds each click once, negatives are never clicked, same seed same bits', () => {
  fc.assert(
    fc.property(drawnClicks, ({ clicks, seed, size, negatives }) => {
      const from = contrasted(clicks);
      const epoch = (of: number) => [
        ...clickBatches(from, { size, negatives }, random(of).fork('epoch')),
      ];
      const batches = epoch(seed);
      assert.equal(flat(epoch(seed)), flat(batches));
      const seen: string[] = [];
      batches.forEach(({ users, items }, b) => {
        assert.ok(users.length === size || (b === batches.length - 1 && users.length > 0));
        assert.is(items.length, users.length * (1 + negatives));
        users.forEach((user, i) => {
          const [item, ...drawn] = items.subarray(i * (1 + negatives), (i + 1) * (1 + negatives));
          seen.push(`${user},${item}`);
          for (const negative of drawn) {
            assert.ok(negative >= 0 && negative < clicks.columns);
            assert.not.ok(rowOf(clicks, user).includes(negative));
          }
        });
      });
      const expected: string[] = [];
      for (let user = 0; user < clicks.rows; user++) {
        const clicked = rowOf(clicks, user);
        // A user who clicked everything has no negatives, and is left out.
        if (clicked.length < clicks.columns) {
          for (const item of clicked) expected.push(`${user},${item}`);
        }
      }
      assert.equal(seen.sort(), expected.sort());
    }),
    { seed: 8, numRuns: 200 },
  );
});

test('ranks go through the items without a click in order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(30), { maxLength: 31 }), (drawn) => {
      const clicked = Int32Array.from(drawn).sort();
      const rest = Array.from({ length: 31 }, (_, item) => item).filter(
        (item) => !clicked.includes(item),
      );
      assert.equal(
        rest.map((_, rank) => unclickedItem(clicked, rank)),
        rest,
      );
    }),
    { seed: 9, numRuns: 200 },
  );
});

test('the items without a click are drawn alike', () => {
  const [items, negatives] = [40, 4300];
  const clicked = [0, 3, 4, 5, 17, 38, 39];
  const clicks = fromPairs(
    clicked.map((item) => [0, item] as const),
    1,
    items,
  );
  const batches = clickBatches(contrasted(clicks), { size: 7, negatives }, random(1));
  const counts = new Int32Array(items);
  let total = 0;
  for (const { items: drawn } of batches) {
    for (const item of drawn) {
      if (clicked.includes(item)) continue;
      counts[item]++;
      total++;
    }
  }
  const expected = total / (items - clicked.length);
  const chiSquare = counts
    .filter((_, item) => !clicked.includes(item))
    .reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // Of 32 degrees of freedom: mean 32, variance 64. Laurent & Massart (2000, lemma 1) bound the
  // chance of more than d + 2 sqrt(d x) + 2 x by exp(-x): one in a million at x = 13.8.
  assert.ok(chiSquare < 32 + 2 * Math.sqrt(32 * 13.8) + 2 * 13.8, `chi square ${chiSquare}`);
});

test('epochs and seeds differ', () => {
  const clicks = fromPairs(
    Array.from({ length: 40 }, (_, i) => [i % 8, (i * 7) % 30] as const),
    8,
    30,
  );
  const generator = random(4);
  const epoch = (from = generator) =>
    flat([...clickBatches(contrasted(clicks), { size: 16, negatives: 3 }, from)]);
  const first = epoch();
  assert.not.equal(epoch(), first);
  assert.not.equal(epoch(random(5)), first);
});

test('where every user clicked everything there are no batches', () => {
  const clicks = fromPairs(
    [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ] as const,
    2,
    2,
  );
  const options = { size: 4, negatives: 2 };
  assert.equal([...clickBatches(contrasted(clicks), options, random(1))], []);
});

test.run();
