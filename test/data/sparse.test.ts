/** @file Sparse matrices against dense ones. */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  columnCounts,
  fromDense,
  fromPairs,
  rowOf,
  stackRows,
  toDense,
  transposed,
} from '../../src/data/index.ts';

const shapes = fc.record({
  rows: fc.integer({ min: 1, max: 8 }),
  columns: fc.integer({ min: 1, max: 8 }),
});

const dense = shapes.chain(({ rows, columns }) =>
  fc.record({
    rows: fc.constant(rows),
    columns: fc.constant(columns),
    numbers: fc
      .array(fc.constantFrom(0, 0, 0, 1, -2, 0.5), {
        minLength: rows * columns,
        maxLength: rows * columns,
      })
      .map((numbers) => Float64Array.from(numbers)),
  }),
);

test('dense to sparse and back is the identity, and so is transposing twice', () => {
  fc.assert(
    fc.property(dense, ({ rows, columns, numbers }) => {
      const matrix = fromDense(numbers, rows, columns);
      assert.equal(toDense(matrix), numbers);
      assert.equal(transposed(transposed(matrix)), matrix);
      const flipped = toDense(transposed(matrix));
      numbers.forEach((value, i) => {
        assert.is(flipped[(i % columns) * rows + Math.floor(i / columns)], value);
      });
    }),
    { seed: 1 },
  );
});

test('pairs in any order, some of them twice, make ascending rows of ones', () => {
  const pairs = fc.array(fc.tuple(fc.nat(5), fc.nat(6)), { maxLength: 40 });
  fc.assert(
    fc.property(pairs, (list) => {
      const matrix = fromPairs(list, 6, 7);
      const expected = new Float64Array(42);
      for (const [row, column] of list) expected[row * 7 + column] = 1;
      assert.equal(matrix, fromDense(expected, 6, 7));
      const counts = Array.from({ length: 7 }, (_, column) =>
        [0, 1, 2, 3, 4, 5].reduce((n, row) => n + expected[row * 7 + column], 0),
      );
      assert.equal([...columnCounts(matrix)], counts);
    }),
    { seed: 2 },
  );
});

test('stacked rows are the rows of both', () => {
  const a = fromPairs([[0, 1]], 2, 3);
  const b = fromPairs(
    [
      [0, 0],
      [0, 2],
    ],
    1,
    3,
  );
  const both = stackRows(a, b);
  assert.equal(
    [0, 1, 2].map((row) => [...rowOf(both, row)]),
    [[1], [], [0, 2]],
  );
  assert.throws(() => stackRows(a, fromPairs([], 1, 4)), /3 and 4 columns do not stack/);
});

test('a pair outside of the matrix is an error', () => {
  assert.throws(() => fromPairs([[0, 3]], 1, 3), /\(0, 3\) is outside a 1 x 3 matrix/);
  assert.throws(() => fromPairs([[0, 0.5]], 1, 3), /\(0, 0\.5\) is outside/);
});

test.run();
