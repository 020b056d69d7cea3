/** @file ItemCF against similarities and scores computed from the definition. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openDevice } from '../../src/autodiff/index.ts';
import { fromPairs, rowOf, type SparseMatrix, stackRows, toDense } from '../../src/data/index.ts';
import { itemCfKind, nearestItems, neighbourScores } from '../../src/models/index.ts';
import { Draw, forAll } from '../autodiff/draw.ts';
import { failure } from '../data/temporary.ts';

/** The users that clicked an item. */
const usersOf = (clicks: SparseMatrix, item: number): Set<number> =>
  new Set([...Array(clicks.rows).keys()].filter((user) => rowOf(clicks, user).includes(item)));

function jaccard(a: Set<number>, b: Set<number>): number {
  const both = [...a].filter((user) => b.has(user)).length;
  return both === 0 ? 0 : both / new Set([...a, ...b]).size;
}

/** The similarities of an item to those nearest to it, by a full sort; 0 to all others. */
function nearestRow(clicks: SparseMatrix, item: number, neighbours: number): number[] {
  const own = usersOf(clicks, item);
  const all = Array.from({ length: clicks.columns }, (_, other) =>
    other === item ? 0 : jaccard(own, usersOf(clicks, other)),
  );
  const order = [...all.keys()].sort((a, b) => all[b] - all[a] || a - b).slice(0, neighbours);
  return all.map((similarity, other) => (order.includes(other) ? similarity : 0));
}

test('keeps the similarities of a full sort, whatever the clicks and however many neighbours', async () => {
  await forAll(40, async (draw) => {
    const [users, items] = draw.shape(2).map((extent) => 3 * extent);
    const share = [0, 0.2, 0.5, 1][draw.integer(0, 3)];
    const cells = Array.from({ length: users * items }, (_, i) => i);
    const clicks = fromPairs(
      cells.filter(() => draw.chance(share)).map((i) => [Math.floor(i / items), i % items]),
      users,
      items,
    );
    for (const neighbours of [1, 3, 1000]) {
      const nearest = nearestItems(clicks, neighbours);
      const expected = Array.from({ length: items }, (_, item) =>
        nearestRow(clicks, item, neighbours),
      );
      assert.equal([...toDense(nearest)], expected.flat());
      const asked = Int32Array.from([users - 1, 0, 0]);
      const scores = neighbourScores(clicks, nearest, asked);
      const sums = [...asked].flatMap((user) =>
        Array.from({ length: items }, (_, item) =>
          [...rowOf(clicks, user)].reduce((sum, clicked) => sum + expected[clicked][item], 0),
        ),
      );
      assert.equal([...scores], sums);
    }
  });
});

/** Users 0 and 1 clicked items 0, 1, 2; user 2 item 3 alone; item 4 nobody. */
const clicks = fromPairs(
  [...[0, 1].flatMap((user) => [0, 1, 2].map((item) => [user, item] as const)), [2, 3] as const],
  3,
  5,
);

test('ties go to the lower item, and an item without shared users has no neighbours', () => {
  const nearest = nearestItems(clicks, 1);
  assert.equal([...rowOf(nearest, 0)], [1]);
  assert.equal([...rowOf(nearest, 1)], [0]);
  assert.equal([...rowOf(nearest, 2)], [0]);
  assert.equal([...rowOf(nearest, 3)], []);
  assert.equal([...rowOf(nearest, 4)], []);
});

test('a score sums over the clicked items that have the item as a neighbour, not the reverse', () => {
  // User 3 clicks item 2, whose nearest is item 0 with 2 shared users of 3; those nearest to items
  // 0 and 1 are each other, so item 2 is no neighbour of any.
  const all = stackRows(clicks, fromPairs([[0, 2]], 1, 5));
  const scores = neighbourScores(all, nearestItems(all, 1), Int32Array.of(3));
  assert.equal([...scores], [2 / 3, 0, 0, 0, 0]);
});

test('users of very many clicks are counted alike, in a second, and heed a signal', async () => {
  const draw = new Draw(3);
  // Forty users of most of 900 items, and a hundred of a few.
  const [items, users] = [900, 140];
  const pairs = Array.from({ length: users * items }, (_, i) => i)
    .filter((i) => draw.chance(i < 40 * items ? 0.7 : 0.01))
    .map((i): [number, number] => [Math.floor(i / items), i % items]);
  const many = fromPairs(pairs, users, items);
  const x = toDense(many);
  const column = (item: number) => Array.from({ length: users }, (_, u) => x[u * items + item]);
  const nearest = nearestItems(many, 5);
  for (const item of [0, 17, 899]) {
    const own = column(item);
    const expected = Array.from({ length: items }, (_, other) => {
      const both = column(other).filter((click, u) => click * own[u] === 1).length;
      const either = column(other).filter((click, u) => click + own[u] > 0).length;
      return { other, similarity: other === item ? 0 : both / either };
    })
      .sort((a, b) => b.similarity - a.similarity || a.other - b.other)
      .slice(0, 5);
    assert.equal(
      [...rowOf(nearest, item)],
      expected.map(({ other }) => other).sort((a, b) => a - b),
    );
    for (const { other, similarity } of expected) {
      const at = nearest.indices.indexOf(other, nearest.indptr[item]);
      assert.is(nearest.values[at], similarity);
    }
  }
  const settings = itemCfKind.defaults;
  const device = await openDevice('reference');
  const seen: number[] = [];
  const onStep = (done: number, total: number) => {
    assert.is(total, items);
    seen.push(done);
    if (done === 300) aborted.abort(new Error('enough'));
  };
  const aborted = new AbortController();
  const fitting = itemCfKind.fit(many, settings, {
    seed: 1,
    device,
    onStep,
    signal: aborted.signal,
  });
  assert.is((await failure(fitting)).message, 'enough');
  assert.is(seen.length, 300);
  // A timer is heard while the fit goes on.
  const timed = new AbortController();
  const timer = setTimeout(() => timed.abort(new Error('time')), 1);
  const slow = fromPairs(pairs, users, items);
  const busy = () => {
    const until = performance.now() + 2;
    while (performance.now() < until);
  };
  const other = itemCfKind.fit(slow, settings, {
    ...{ seed: 1, device, signal: timed.signal },
    onStep: busy,
  });
  assert.is((await failure(other)).message, 'time');
  clearTimeout(timer);
});

test.run();
