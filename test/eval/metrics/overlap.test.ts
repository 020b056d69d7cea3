/** @file Overlap of profiles, worked out by hand and by sets. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fromPairs, random, rowOf } from '../../../src/data/index.ts';
import { overlapOf } from '../../../src/eval/index.ts';

const matrix = (rows: readonly (readonly number[])[], items: number) =>
  fromPairs(
    rows.flatMap((row, i) => row.map((item): [number, number] => [i, item])),
    rows.length,
    items,
  );

test('the largest share inside one genuine profile, and whether one is contained', () => {
  const genuine = matrix([[0, 1], [2, 3, 4], [5], []], 7);
  const fakes = matrix([[0, 1, 2], [2, 3], [5, 6], [6], []], 7);
  const overlaps = overlapOf(fakes, genuine);
  assert.equal(
    overlaps.slice(0, 4).map(({ insideOne, containsOne }) => [insideOne, containsOne]),
    [
      [2 / 3, true],
      [1, false],
      [1 / 2, true],
      [0, false],
    ],
  );
  // An empty profile is contained in every one, and contains none that has a click.
  assert.ok(Number.isNaN(overlaps[4].insideOne));
  assert.is(overlaps[4].containsOne, false);
  const long = overlapOf(fakes, genuine, { least: 2 });
  assert.equal(
    long.map(({ containsOne }) => containsOne),
    [true, false, false, false, false],
  );
});

test('a genuine user is not compared with itself', () => {
  const genuine = matrix([[0, 1], [0, 1, 2], [3]], 4);
  const overlaps = overlapOf(genuine, genuine, { self: [0, 1, 2] });
  assert.equal(
    overlaps.map(({ insideOne, containsOne }) => [insideOne, containsOne]),
    [
      [1, false],
      [2 / 3, true],
      [0, false],
    ],
  );
});

test('drawn profiles agree with sets', () => {
  const generator = random(5);
  const draw = (rows: number) =>
    matrix(
      Array.from({ length: rows }, () => generator.sample(12, 1 + generator.integer(6))),
      12,
    );
  const [genuine, fakes] = [draw(30), draw(20)];
  const users = Array.from({ length: 30 }, (_, user) => new Set(rowOf(genuine, user)));
  for (const [row, { insideOne, containsOne }] of overlapOf(fakes, genuine).entries()) {
    const own = [...rowOf(fakes, row)];
    const commons = users.map((user) => own.filter((item) => user.has(item)).length);
    assert.is(insideOne, Math.max(...commons) / own.length);
    assert.is(
      containsOne,
      users.some((user) => [...user].every((item) => own.includes(item))),
    );
  }
});

test.run();
