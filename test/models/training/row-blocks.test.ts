/** @file Rows of a sparse matrix in padded blocks. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openDevice, readAll, setDefaultDevice } from '../../../src/autodiff/index.ts';
import { fromDense } from '../../../src/data/sparse.ts';
import { rowBlocks } from '../../../src/models/training/row-blocks.ts';
import { forAll } from '../../autodiff/draw.ts';

setDefaultDevice(await openDevice('reference'));

test('blocks hold every row once, padded by zeros, within their bounds', async () => {
  await forAll(20, async (draw) => {
    const [rows, columns] = [draw.integer(1, 30), draw.integer(1, 30)];
    const cells = Float64Array.from({ length: rows * columns }, (_, i) =>
      draw.chance(((i * 7) % columns) / columns) ? 1 + (i % 3) : 0,
    );
    const matrix = fromDense(cells, rows, columns);
    const { blocks, sorted, unsorted } = rowBlocks(matrix, { maxCells: 64, width: 2, size: 16 });
    const [order, position] = await readAll([sorted.index, unsorted.index]);
    const found = new Float64Array(cells.length);
    let at = 0;
    for (const { columns: index, values } of blocks) {
      const [count, length] = values.shape;
      assert.ok(count === 1 || count * Math.max(16, length * 2) <= 64, `${count} by ${length}`);
      const [places, numbers] = await readAll([index.index, values]);
      for (let row = 0; row < count; row++, at++) {
        assert.is(position[order[at]], at);
        for (let e = 0; e < length; e++) {
          found[order[at] * columns + places[row * length + e]] += numbers[row * length + e];
        }
      }
    }
    assert.is(at, rows);
    assert.equal(found, cells);
  });
});

test.run();
