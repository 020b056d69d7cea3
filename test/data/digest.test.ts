/** @file The digest of clicks against SHA-256 by Node over bytes laid out by hand. */

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { digestOf, fromDense } from '../../src/data/index.ts';

/** SHA-256 of numbers written one by one, lowest byte first. */
function expected(real: number[], whole: number[], values: number[], rest = ''): string {
  const bytes = Buffer.alloc(8 * real.length + 4 * whole.length + 8 * values.length);
  let offset = 0;
  for (const x of real) offset = bytes.writeDoubleLE(x, offset);
  for (const n of whole) offset = bytes.writeInt32LE(n, offset);
  for (const x of values) offset = bytes.writeDoubleLE(x, offset);
  return createHash('sha256').update(bytes).update(rest).digest('hex');
}

test('the digest is SHA-256 of shape, indptr, indices and values, then of the ids', () => {
  const clicks = fromDense(Float64Array.of(0, 2.5, 0, 1, 0, -1), 2, 3);
  const parts = [
    [2, 3],
    [0, 1, 3, 1, 0, 2],
    [2.5, 1, -1],
  ] as const;
  const [real, whole, values] = parts.map((part) => [...part]);
  assert.is(digestOf(clicks), expected(real, whole, values));
  const ids = { users: ['a', 'b'], items: ['x', 'ä"', '3'] };
  const text = '["a","b"]["x","ä\\"","3"]';
  assert.is(digestOf(clicks, ids), expected(real, whole, values, text));
});

test('any other cell, shape or id gives another digest', () => {
  const cells = fc.array(fc.nat(2), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(cells, cells, (a, b) => {
      const matrix = (numbers: number[]) => fromDense(Float64Array.from(numbers), 2, 3);
      assert.is(digestOf(matrix(a)) === digestOf(matrix(b)), a.join() === b.join());
      const turned = fromDense(Float64Array.from(a), 3, 2);
      assert.is.not(digestOf(matrix(a)), digestOf(turned));
    }),
    { seed: 3 },
  );
  const clicks = fromDense(Float64Array.of(1), 1, 1);
  const named = (id: string) => digestOf(clicks, { users: [id], items: ['i'] });
  assert.is.not(named('a'), named('b'));
  assert.is.not(named('a'), digestOf(clicks));
});

test.run();
