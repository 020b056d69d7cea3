/** @file Pictures of tensors: which entry each cell shows, of any shape. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { entryOf, positionOf, summaryOf } from '../../src/lab/session/numbers.ts';

/** Row-major places, which are the numbers of the tensors here. */
const numbered = (shape: readonly number[]) => {
  const length = shape.reduce((all, size) => all * size, 1);
  return summaryOf(
    Float64Array.from({ length }, (_, i) => i),
    shape,
  );
};

test('each axis has its index', () => {
  assert.equal(positionOf(0, []), []);
  assert.equal(positionOf(5, [6]), [5]);
  // 1 · 12 + 2 · 4 + 3.
  assert.equal(positionOf(23, [2, 3, 4]), [1, 2, 3]);
  assert.equal(positionOf(20, [300, 1]), [20, 0]);
});

test('a small tensor is shown whole: a row, a column, a table of its last axis', () => {
  for (const [shape, rows, columns] of [
    [[], 1, 1],
    [[6], 1, 6],
    [[6, 1], 6, 1],
    [[2, 3], 2, 3],
    [[2, 3, 4], 6, 4],
  ] as const) {
    const picture = numbered(shape);
    assert.equal([picture.rows, picture.columns], [rows, columns]);
    assert.equal(
      [...picture.cells],
      Array.from({ length: rows * columns }, (_, i) => i),
    );
  }
});

test('of a large one each cell says which entry it is', () => {
  for (const shape of [[300, 1], [200], [100, 300], [2, 300, 4], [7, 5, 3, 200]]) {
    const picture = numbered(shape);
    const { cells, rows, columns, every } = picture;
    assert.ok(rows <= 48 && columns <= 96 && cells.length === rows * columns);
    assert.is(every.length, shape.length);
    cells.forEach((number, cell) => {
      const entry = entryOf(cell, picture);
      entry.forEach((index, axis) => {
        assert.ok(index % every[axis] === 0 && index < shape[axis]);
      });
      // Horner's scheme: the place of an entry.
      assert.is(
        entry.reduce((at, index, axis) => at * shape[axis] + index, 0),
        number,
      );
    });
  }
  // By hand: 300 in at most 48 rows is every seventh.
  assert.equal(entryOf(5, numbered([300, 1])), [35, 0]);
});

test('a tensor without entries has no cells, and one without finite numbers no extremes', () => {
  for (const shape of [[0], [0, 5], [5, 0]]) assert.is(numbered(shape).cells.length, 0);
  const { min, max, mean, nonFinite } = summaryOf([Number.NaN, Number.POSITIVE_INFINITY], [2]);
  assert.is(nonFinite, 2);
  assert.not.ok([min, max, mean].some(Number.isFinite));
});

test.run();
