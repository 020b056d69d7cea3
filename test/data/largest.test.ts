/** @file The best of many items against a full sort. */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Largest, largestOf } from '../../src/data/largest.ts';

// Few distinct scores, so that ties are common, offered in any order of the items.
const offers = fc
  .array(fc.integer({ min: -2, max: 2 }), { maxLength: 30 })
  .chain((scores) => fc.tuple(fc.constant(scores), fc.shuffledSubarray([...scores.keys()])));

test('keeps the head of a full sort, and starts anew after take', () => {
  fc.assert(
    fc.property(offers, offers, fc.integer({ min: 1, max: 12 }), (first, second, k) => {
      const largest = new Largest(k);
      for (const [scores, items] of [first, second]) {
        for (const item of items) largest.offer(item, scores[item]);
        const sorted = items.slice().sort((a, b) => scores[b] - scores[a] || a - b);
        const bound = sorted.length < k ? Number.NEGATIVE_INFINITY : scores[sorted[k - 1]];
        assert.is(largest.bound, bound);
        assert.equal([...largest.take()], sorted.slice(0, k));
      }
    }),
    { seed: 11 },
  );
});

test('of a list it gives the numbers of the largest, all of them if they are fewer', () => {
  assert.equal([...largestOf([1, 3, 2, 3], 3)], [1, 3, 2]);
  assert.equal([...largestOf([1, 3, 2, 3], 9)], [1, 3, 2, 0]);
  assert.equal([...largestOf([1, 3], 0)], []);
});

test('a score that is NaN has no rank', () => {
  assert.throws(() => largestOf([Number.NaN, 1, 5, 3], 2), /the score of 0 is NaN/);
  assert.throws(() => largestOf([1, 5, 3, Number.NaN], 2), /the score of 3 is NaN/);
});

test.run();
