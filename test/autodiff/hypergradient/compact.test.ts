/** @file Vectors without their runs of zeros are the same vectors. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  addTo,
  bytesOf,
  compactOf,
  expanded,
  forEachNumber,
} from '../../../src/autodiff/hypergradient/compact.ts';
import { forAll } from '../draw.ts';

test('any vector comes back, adds up and is visited once a number', async () => {
  await forAll(200, async (draw) => {
    const length = draw.integer(0, 200);
    const share = draw.integer(0, 10) / 10;
    const dense = Float64Array.from({ length }, () =>
      draw.chance(share) ? draw.integer(-9, 9) : 0,
    );
    // A long run of zeros at a random place.
    dense.fill(0, draw.integer(0, length), draw.integer(0, length));
    for (const numbers of [dense, Float32Array.from(dense)]) {
      const compact = compactOf(numbers);
      assert.equal([...expanded(compact)], [...numbers]);
      assert.instance(expanded(compact), numbers.constructor as typeof Float64Array);
      const sum = numbers.map((_: number, i: number) => i) as typeof numbers;
      addTo(sum, compact);
      assert.equal(
        [...sum],
        Array.from(numbers, (value: number, i) => value + i),
      );
      const seen = new Map<number, number>();
      forEachNumber(compact, (position, value) => {
        assert.not(seen.has(position));
        seen.set(position, value);
      });
      numbers.forEach((value: number, i: number) => assert.is(seen.get(i) ?? 0, value));
    }
  });
});

test('zeros take no memory, and a row among many its own alone', () => {
  assert.is(bytesOf(compactOf(new Float32Array(1000))), 0);
  const rows = new Float32Array(10_000);
  rows.fill(1, 3000, 3100);
  rows.fill(2, 7000, 7100);
  assert.is(bytesOf(compactOf(rows)), 200 * 4 + 4 * 4);
});

test.run();
