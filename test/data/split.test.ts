/** @file Splits by time, leave-one-out, given ones and none, against plain loops. */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { givenSplit, rowOf, type SplitData, splitInteractions } from '../../src/data/index.ts';
import { InteractionCollector } from '../../src/data/interactions.ts';

interface Click {
  readonly user: number;
  readonly item: number;
  readonly time: number;
}

/** Distinct clicks at few different times, so that ties are common. */
const clicks = fc.uniqueArray(fc.record({ user: fc.nat(5), item: fc.nat(9), time: fc.nat(6) }), {
  selector: ({ user, item }) => 10 * user + item,
  minLength: 1,
});

function collect(list: readonly Click[]) {
  const collector = new InteractionCollector(true);
  for (const { user, item, time } of list) collector.add(`${user}`, `${item}`, time);
  return collector.finish();
}

const named = (data: SplitData, part: 'train' | 'test') =>
  data.users
    .flatMap((user, row) => Array.from(rowOf(data[part], row), (i) => `${user}-${data.items[i]}`))
    .sort();
const names = (list: readonly Click[]) => list.map(({ user, item }) => `${user}-${item}`).sort();

/** The clicks of each user by time, in the order of the file where times are equal. */
const byUser = (list: readonly Click[]) =>
  [0, 1, 2, 3, 4, 5].map((user) =>
    list
      .map((click, place) => ({ click, place }))
      .filter(({ click }) => click.user === user)
      .sort((a, b) => a.click.time - b.click.time || a.place - b.place)
      .map(({ click }) => click),
  );

test('by time: the last share of each user', () => {
  fc.assert(
    fc.property(clicks, (list) => {
      const data = splitInteractions(collect(list), { split: 'time', share: 0.4, seed: 1 });
      const cut = (of: Click[]) => of.length - Math.floor((of.length * 2) / 5);
      assert.equal(named(data, 'train'), names(byUser(list).flatMap((of) => of.slice(0, cut(of)))));
      assert.equal(named(data, 'test'), names(byUser(list).flatMap((of) => of.slice(cut(of)))));
    }),
    { seed: 1 },
  );
});

test('leave-one-out: the last click of each user with two or more; at random: one of them', () => {
  fc.assert(
    fc.property(clicks, fc.nat(), (list, seed) => {
      const all = collect(list);
      const last = splitInteractions(all, { split: 'leave-one-out', share: 0.2, seed });
      const expected = byUser(list).flatMap((of) => (of.length > 1 ? of.slice(-1) : []));
      assert.equal(named(last, 'test'), names(expected));
      const drawn = splitInteractions(all, { split: 'leave-one-out-random', share: 0.2, seed });
      assert.is(named(drawn, 'test').length, expected.length);
      assert.equal([...named(drawn, 'train'), ...named(drawn, 'test')].sort(), names(list));
    }),
    { seed: 2 },
  );
});

test('by time for all: no click to test with is before one to train on', () => {
  fc.assert(
    fc.property(clicks, (list) => {
      const data = splitInteractions(collect(list), { split: 'time-global', share: 0.3, seed: 1 });
      const times = list.map(({ time }) => time).sort((a, b) => a - b);
      const cut = times[times.length - 1 - Math.floor((times.length * 3) / 10)];
      const train = list.filter(({ time }) => time <= cut);
      const known = new Set(train.map(({ user }) => user));
      const later = list.filter(({ time, user }) => time > cut && known.has(user));
      assert.equal(named(data, 'train'), names(train));
      assert.equal(named(data, 'test'), names(later));
      assert.is(data.idleUsers, new Set(list.map(({ user }) => user)).size - known.size);
    }),
    { seed: 3 },
  );
});

test('none holds nothing out; times that are missing are asked for', () => {
  const all = collect([{ user: 1, item: 2, time: 0 }]);
  const data = splitInteractions(all, { split: 'none', share: 0.2, seed: 1 });
  assert.equal([data.train.indices.length, data.test.indices.length], [1, 0]);
  const { timeOf: _, ...untimed } = all;
  const options = { split: 'time', share: 0.2, seed: 1 } as const;
  assert.throws(() => splitInteractions(untimed, options), /split time: .* no times/);
});

test('a given split keeps its parts, leaves out users without training, refuses what is in both', () => {
  const part = (...pairs: [string, string][]) => {
    const collector = new InteractionCollector();
    for (const [user, item] of pairs) collector.add(user, item);
    return collector.finish();
  };
  const train = part(['a', 'x'], ['b', 'y']);
  const data = givenSplit(train, part(['b', 'z'], ['c', 'x'], ['a', 'y']));
  assert.equal([data.users, data.items, data.idleUsers], [['a', 'b'], ['x', 'y', 'z'], 1]);
  assert.equal(
    [named(data, 'train'), named(data, 'test')],
    [
      ['a-x', 'b-y'],
      ['a-y', 'b-z'],
    ],
  );
  assert.throws(
    () => givenSplit(train, part(['b', 'y']), 'both'),
    /both: 1 click .*user "b" .*"y"/,
  );
});

test.run();
