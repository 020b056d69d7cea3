/** @file The seeds of learned attacks: none judges what it was learned through. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { attackSeeds } from '../../../src/attack/index.ts';
import { UserError } from '../../../src/errors.ts';

test('the first surrogate has the seed of the attack, judges the next, others those after', () => {
  const one = attackSeeds('1', 1, 7);
  assert.equal([one.ofIteration(0), one.ofIteration(9), one.heldOut], [[7], [7], [8]]);
  assert.equal(one.until(9), [7, 8]);
  const three = attackSeeds('3', 2, 7);
  assert.equal(
    [three.ofIteration(4), three.heldOut],
    [
      [7, 10, 11],
      [8, 9],
    ],
  );
  assert.equal(three.until(4), [7, 8, 9, 10, 11]);
  const alone = attackSeeds('2', 0, 7);
  assert.equal([alone.ofIteration(0), alone.heldOut], [[7, 8], []]);
});

test('each iteration has a new seed, and fakes are fitted to those up to theirs', () => {
  const seeds = attackSeeds('new', 1, 1);
  assert.ok(seeds.isNew);
  assert.equal([0, 1, 2].map(seeds.ofIteration), [[1], [3], [4]]);
  assert.equal(seeds.heldOut, [2]);
  assert.equal(seeds.until(0), [1, 2]);
  assert.equal(seeds.until(2), [1, 2, 3, 4]);
});

test('several new seeds in each iteration follow one another', () => {
  const seeds = attackSeeds('3xnew', 1, 1);
  assert.ok(seeds.isNew);
  assert.equal([0, 1].map(seeds.ofIteration), [
    [1, 3, 4],
    [5, 6, 7],
  ]);
  assert.equal(seeds.until(1), [1, 2, 3, 4, 5, 6, 7]);
  assert.equal(attackSeeds('1xnew', 1, 1).until(2), attackSeeds('new', 1, 1).until(2));
});

test('other words are refused', () => {
  for (const words of ['0', '-1', '1.5', '', 'newer', '10000', '0xnew', 'xnew', '4x', '4new']) {
    assert.throws(
      () => attackSeeds(words, 1, 1),
      /surrogate seeds: expected a number from 1 to 9999/,
    );
  }
});

test('seeds beyond 2^53, where two may be one, are refused', () => {
  const last = Number.MAX_SAFE_INTEGER;
  const refused = (error: Error) => error instanceof UserError && /2\^53/.test(error.message);
  assert.equal(attackSeeds('1', 1, last - 1).heldOut, [last]);
  assert.throws(() => attackSeeds('1', 1, last), refused);
  assert.throws(() => attackSeeds('2', 0, last), refused);
  assert.throws(() => attackSeeds('new', 0, last).ofIteration(1), refused);
  assert.throws(() => attackSeeds('1', 0, 0.5), refused);
});

test.run();
