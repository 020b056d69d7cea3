/** @file Ids of the source and inner numbers, there and back. */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fromPairs, idMap } from '../../src/data/index.ts';
import { UserError } from '../../src/errors.ts';

const dataOf = (users?: readonly string[], items?: readonly string[]) => {
  const clicks = fromPairs([], users?.length ?? 3, items?.length ?? 3);
  return { name: 'data', train: clicks, test: clicks, users, items };
};

test('ids come back from their numbers, whatever they are', () => {
  const ids = fc.uniqueArray(fc.string({ unit: 'binary' }), { minLength: 1 });
  fc.assert(
    fc.property(ids, (users) => {
      const map = idMap(dataOf(users), 'users');
      const numbers = map.numbersOf(users, '--users');
      assert.equal(numbers, [...users.keys()]);
      assert.equal(numbers.map(map.idOf), users);
    }),
    { seed: 4 },
  );
});

test('without labels the ids are the inner numbers, in one spelling', () => {
  const map = idMap(dataOf(), 'items');
  assert.equal(map.numbersOf(['2', '0'], '--targets'), [2, 0]);
  assert.is(map.idOf(1), '1');
  for (const id of ['3', '-1', '01', '1.0', '', ' 1', '1e0', '0x1']) {
    assert.throws(() => map.numbersOf([id], '--targets'), /--targets: there is no item ".*0 to 2/);
  }
});

test('unknown ids, and ids that come twice, are errors that name them', () => {
  const map = idMap(dataOf(['a', '__proto__'], ['i']), 'users');
  const refused = (ids: string[], expected: RegExp) =>
    assert.throws(
      () => map.numbersOf(ids, '--users'),
      (error: Error) => error instanceof UserError && expected.test(error.message),
    );
  refused(['a', 'c'], /^--users: there is no user "c": .*users\.txt.*such as "a"/);
  refused(
    ['0', 'toString', 'constructor', '1', '2', '3', 'A'],
    /there are no users "0", .*"2" and 2 more/,
  );
  refused(['a', '__proto__', 'a'], /"a" comes twice/);
  for (const number of [2, -1, 0.5, Number.NaN]) {
    assert.throws(() => map.idOf(number), /expected a number from 0 to 1/);
  }
});

test.run();
