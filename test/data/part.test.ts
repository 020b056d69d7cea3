/** @file Shares in whole things against whole-number arithmetic. */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { partOf } from '../../src/data/part.ts';

test('a share of hundredths is the quotient of whole numbers', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: 0, max: 1e9 }),
      (percent, n) => {
        assert.is(BigInt(partOf(percent / 100, n)), (BigInt(percent) * BigInt(n)) / 100n);
      },
    ),
  );
  assert.is(partOf(0.29, 1e8), 29_000_000);
});

test('a share below 1 is never all', () => {
  assert.is(partOf(0.9999999999, 10), 9);
  assert.is(partOf(1 - 2 ** -53, 10), 9);
  assert.is(partOf(1, 10), 10);
  assert.is(partOf(0.5, 0), 0);
});

test.run();
