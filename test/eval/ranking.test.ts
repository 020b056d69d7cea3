/** @file Rankings against a full sort. */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { excluded, rankOf, topItems } from '../../src/eval/index.ts';

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

test('rankOf is the place in that sort, from 1', () => {
  fc.assert(
    fc.property(scores, (x) => {
      sorted(x).forEach((item, place) => {
        assert.is(rankOf(x, item), place + 1);
      });
    }),
    { seed: 2 },
  );
});

test.run();
