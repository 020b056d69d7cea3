/** @file Holdout: which clicks are trained on and which are tested with. */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { holdout, rowOf } from '../../src/data/index.ts';
import { InteractionCollector } from '../../src/data/interactions.ts';
import { interactions, kept } from './interactions.ts';

test('holdout divides the pairs: a fifth of each user, rounded down, is held out', () => {
  fc.assert(
    fc.property(interactions, fc.nat(99), (all, seed) => {
      const { train, test: held, users, items } = holdout(all, 0.2, seed);
      const pairs: string[] = [];
      for (let user = 0; user < train.rows; user++) {
        const [a, b] = [rowOf(train, user), rowOf(held, user)];
        assert.is(b.length, Math.floor(0.2 * (a.length + b.length)));
        for (const item of [...a, ...b]) pairs.push(`${users[user]} ${items[item]}`);
      }
      assert.equal(pairs.sort(), [...kept(all)].sort());
      assert.equal(
        users,
        [...users].sort((a, b) => Number(a) - Number(b)),
      );
    }),
    { seed: 6 },
  );
});

test('a share that rounds down by rounding errors alone does not; one of 1 is an error', () => {
  const collector = new InteractionCollector();
  for (let item = 0; item < 100; item++) collector.add('user', `${item}`);
  const all = collector.finish();
  assert.is(holdout(all, 0.29, 1).test.indices.length, 29);
  assert.throws(() => holdout(all, 1, 1), /share from 0 up to but below 1, got 1/);
});

test.run();
