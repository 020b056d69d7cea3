/** @file k-core, holdout and the synthetic generator. */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { holdout, type Interactions, kCore, rowOf, synthetic } from '../../src/data/index.ts';
import { InteractionCollector } from '../../src/data/interactions.ts';

const interactions = fc
  .array(fc.tuple(fc.nat(12), fc.nat(12)), { minLength: 1, maxLength: 90 })
  .map((pairs) => {
    const collector = new InteractionCollector();
    for (const [user, item] of pairs) collector.add(`${user * 7}`, `i${item}`);
    return collector.finish();
  });

const countOf = (numbers: Int32Array, value: number): number =>
  numbers.reduce((n, x) => n + (x === value ? 1 : 0), 0);

const kept = ({ users, items, userOf, itemOf }: Interactions): Set<string> =>
  new Set([...userOf].map((user, i) => `${users[user]} ${items[itemOf[i]]}`));

/** The largest subset: grows from single pairs being dropped in any other order. */
function dropOneByOne(all: Interactions, minimum: number): Set<string> {
  let pairs = [...kept(all)].reverse();
  for (;;) {
    const weak = pairs.findIndex((pair) =>
      pair.split(' ').some((label, side) => {
        const degree = pairs.filter((other) => other.split(' ')[side] === label).length;
        return degree < minimum;
      }),
    );
    if (weak < 0) return new Set(pairs);
    pairs = pairs.filter((_, i) => i !== weak);
  }
}

test('the k-core keeps what is left when weak pairs are dropped one by one', () => {
  fc.assert(
    fc.property(interactions, fc.integer({ min: 1, max: 4 }), (all, minimum) => {
      const expected = dropOneByOne(all, minimum);
      if (expected.size === 0) {
        assert.throws(() => kCore(all, minimum), /lower the minimum/);
        return;
      }
      const core = kCore(all, minimum);
      assert.equal([...kept(core)].sort(), [...expected].sort());
      assert.ok([...core.userOf].every((user) => countOf(core.userOf, user) >= minimum));
    }),
    { seed: 5 },
  );
});

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
