/** @file The k-core against dropping weak pairs one by one. */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Interactions, kCore } from '../../src/data/index.ts';
import { interactions, kept } from './interactions.ts';

const countOf = (numbers: Int32Array, value: number): number =>
  numbers.reduce((n, x) => n + (x === value ? 1 : 0), 0);

/** The largest subset: grows from single pairs being dropped in any other order. */
function dropOneByOne(all: Interactions, minimum: number): Set<string> {
  let pairs = [...kept(all)].reverse();
  for (;;) {
    const weak = pairs.findIndex((pair) =>
      pair.split(' ').some((label, side) => {
        const degree = pairs.filter((other) => other.split(' ')[side] === label).length;
        return degree < minimum;
      }),
    );
    if (weak < 0) return new Set(pairs);
    pairs = pairs.filter((_, i) => i !== weak);
  }
}

test('the k-core keeps what is left when weak pairs are dropped one by one', () => {
  fc.assert(
    fc.property(interactions, fc.integer({ min: 1, max: 4 }), (all, minimum) => {
      const expected = dropOneByOne(all, minimum);
      if (expected.size === 0) {
        assert.throws(() => kCore(all, minimum), /lower the minimum/);
        return;
      }
      const core = kCore(all, minimum);
      assert.equal([...kept(core)].sort(), [...expected].sort());
      assert.ok([...core.userOf].every((user) => countOf(core.userOf, user) >= minimum));
    }),
    { seed: 5 },
  );
});

test.run();
