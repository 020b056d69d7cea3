/** @file Synthetic data: their size, sparsity and seeds. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rowOf, synthetic } from '../../src/data/index.ts';

test('synthetic data are of the size and sparsity of the paper, one test item a user', () => {
  const { data, fakes } = synthetic({ seed: 1 });
  assert.equal([data.train.rows, data.train.columns, fakes.rows], [900, 300, 100]);
  const clicks = data.train.indices.length + data.test.indices.length + fakes.indices.length;
  const sparsity = 1 - clicks / (1000 * 300);
  // 88 % in the published experiment; users' norms make it vary by a percent or so.
  assert.ok(Math.abs(sparsity - 0.88) < 0.02, `sparsity ${sparsity}`);
  for (let user = 0; user < 900; user++) {
    const held = rowOf(data.test, user);
    assert.ok(held.length <= 1);
    assert.not.ok(rowOf(data.train, user).includes(held[0]));
  }
  assert.equal(synthetic({ seed: 1 }), synthetic({ seed: 1 }));
  assert.not.equal(synthetic({ seed: 1 }).fakes, synthetic({ seed: 2 }).fakes);
});

test('with few items, too, every synthetic user has a click to train on', () => {
  const { data, fakes } = synthetic({ users: 50, fakes: 10, items: 2, seed: 1 });
  for (let user = 0; user < 50; user++) assert.ok(rowOf(data.train, user).length > 0);
  for (let user = 0; user < 10; user++) assert.ok(rowOf(fakes, user).length > 0);
});

test.run();
