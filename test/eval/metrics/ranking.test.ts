/** @file Rankings against a full sort. */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { excluded, placesOf, topItems } from '../../../src/eval/index.ts';

// Few distinct scores, so that ties are common.
const scores = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(excluded)), {
  minLength: 1,
  maxLength: 40,
});

const sorted = (x: readonly number[]): number[] =>
  [...x.keys()].filter((i) => x[i] !== excluded).sort((a, b) => x[b] - x[a] || a - b);

test('topItems is the head of a stable sort without the excluded items', () => {
  fc.assert(
    fc.property(scores, fc.integer({ min: 1, max: 50 }), (x, k) => {
      assert.equal([...topItems(x, k)], sorted(x).slice(0, k));
    }),
    { seed: 1 },
  );
});

/** How many scores are larger than that of an item, and how many are equal. */
const counted = (x: ArrayLike<number>, asked: readonly number[]) => {
  const all = Array.from(x);
  return {
    above: asked.map((item) => all.filter((score) => score > x[item]).length),
    level: asked.map((item) => all.filter((score) => score === x[item]).length),
  };
};
const plain = ({ above, level }: ReturnType<typeof placesOf>) => ({
  above: [...above],
  level: [...level],
});

test('placesOf counts larger and equal scores, in the order asked for', () => {
  fc.assert(
    fc.property(scores, fc.infiniteStream(fc.nat()), (x, draws) => {
      const order = sorted(x);
      if (order.length === 0) return;
      // Any number of items, some of them twice.
      const asked = [...draws.take(12)].map((draw) => order[draw % order.length]);
      assert.equal(plain(placesOf(x, asked)), counted(x, asked));
      const [one] = asked;
      assert.equal(plain(placesOf(Float32Array.from(x), [one])), counted(x, [one]));
    }),
    { seed: 2 },
  );
});

test('placesOf tells scores apart that lie close to one another or at the ends of the range', () => {
  const ulp = Number.MIN_VALUE;
  const x = [
    0,
    ulp,
    3 * ulp,
    1e308,
    -1e308,
    1e308,
    1,
    1 + Number.EPSILON,
    Number.POSITIVE_INFINITY,
  ];
  for (const asked of [[0, 1, 2], [6, 7], [4, 3, 5], [...x.keys()], [8], [8, 4], []]) {
    assert.equal(plain(placesOf(x, asked)), counted(x, asked), `${asked}`);
  }
});

test.run();
