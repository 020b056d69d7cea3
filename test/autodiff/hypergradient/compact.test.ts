/** @file Vectors without their runs of zeros are the same vectors. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  addTo,
  bytesOf,
  compactOf,
  expanded,
  products,
} from '../../../src/autodiff/hypergradient/compact.ts';
import { forAll } from '../draw.ts';

test('any vector comes back, adds up and multiplies', async () => {
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
      const list = Array.from(numbers);
      const own = list.reduce((total, value) => total + value * value, 0);
      const weights = numbers.map((_: number, i: number) => i % 7) as typeof numbers;
      const cross = list.reduce((total, value, i) => total + value * (i % 7), 0);
      assert.equal(products(compact, weights), { own, cross });
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
