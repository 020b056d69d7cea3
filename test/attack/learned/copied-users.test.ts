/** @file Copies of real users: who is copied, and the error where there is none or too few. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { copiedUsers, firstUsers } from '../../../src/attack/index.ts';
import { random } from '../../../src/data/random.ts';
import { fromPairs, rowOf, type SparseMatrix } from '../../../src/data/sparse.ts';

/** The users who click these items, of `items` items. */
const clicksOf = (items: number, ...users: number[][]): SparseMatrix =>
  fromPairs(
    users.flatMap((clicks, user) => clicks.map((item) => [user, item] as const)),
    users.length,
    items,
  );

test('copied users are real users with clicks, but not too many', () => {
  const data = clicksOf(4, [], [0], [1, 3], [0, 1, 2]);
  const copies = copiedUsers(data, 30, 2, random(1));
  const rows = Array.from({ length: 30 }, (_, fake) => rowOf(copies, fake).join());
  assert.equal([...new Set(rows)].sort(), ['0', '1,3']);
  const idle = fromPairs([], 2, 4);
  assert.throws(() => copiedUsers(idle, 1, 2, random(1)), /no real user has 1 to 2 clicks/);
});

test('the first users are those of at most so many clicks, in their order', () => {
  const rows = (made: SparseMatrix) =>
    Array.from({ length: made.rows }, (_, row) => [...rowOf(made, row)]);
  const data = clicksOf(5, [0, 1, 2, 3], [], [0, 2], [2, 3, 4], [1], [0, 1]);
  assert.equal(rows(firstUsers(data, 2, 3)), [
    [0, 2],
    [2, 3, 4],
  ]);
  assert.equal(rows(firstUsers(data, 3, 2)), [[0, 2], [1], [0, 1]]);
  assert.throws(() => firstUsers(data, 4, 2), /3 real users have 1 to 2 clicks, and 4 are to be/);
});

test('copies are clicks of 1, whatever the entries of the real users', () => {
  const data = clicksOf(3, [0, 2]);
  const rated = { ...data, values: Float64Array.of(5, 3) };
  assert.equal([...firstUsers(rated, 1, 2).values], [1, 1]);
  assert.equal([...rated.values], [5, 3]);
});

test.run();
