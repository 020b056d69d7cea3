/** @file Batches of rows. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { epochBatches } from '../../../src/models/index.ts';

test('the batches of an epoch hold every row once, the same for the same seed', () => {
  const batches = epochBatches(10, 4, 3, 5);
  assert.equal(
    batches.map((batch) => batch.length),
    [4, 4, 2, 4, 4, 2, 4, 4, 2],
  );
  for (let epoch = 0; epoch < 3; epoch++) {
    const rows = batches.slice(3 * epoch, 3 * epoch + 3).flatMap((batch) => [...batch]);
    assert.equal(
      rows.sort((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
  }
  assert.equal(epochBatches(10, 4, 3, 5), batches);
  assert.not.equal(epochBatches(10, 4, 3, 6), batches);
});

test.run();
