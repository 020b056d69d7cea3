/** @file Heuristic attacks: what they click, and what they refuse. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { copiedUsers, randomFiller } from '../../../src/attack/index.ts';
import { random } from '../../../src/data/random.ts';
import { fromPairs, rowOf } from '../../../src/data/sparse.ts';

test('random filler clicks the targets and so many other items, each once', () => {
  const shape = { count: 40, items: 7 };
  for (const fillers of [0, 3, 5]) {
    const fakes = randomFiller(shape, [2, 5], fillers, random(1));
    assert.is(fakes.rows, 40);
    for (let fake = 0; fake < 40; fake++) {
      const items = [...rowOf(fakes, fake)];
      assert.is(new Set(items).size, 2 + fillers);
      assert.ok(items.includes(2) && items.includes(5));
    }
  }
  const drawn = randomFiller(shape, [2, 5], 3, random(1));
  assert.equal(drawn, randomFiller(shape, [2, 5], 3, random(1)));
  assert.is(new Set(drawn.indices).size, 7);
  assert.throws(() => randomFiller(shape, [2, 5], 6, random(1)), /6 fillers do not fit/);
});

test('copied users are real users with clicks, but not too many', () => {
  const train = fromPairs(
    [
      [1, 0],
      [2, 1],
      [2, 3],
      [3, 0],
      [3, 1],
      [3, 2],
    ],
    4,
    4,
  );
  const copies = copiedUsers(train, 30, 2, random(1));
  const profiles = Array.from({ length: 30 }, (_, fake) => rowOf(copies, fake).join());
  assert.equal([...new Set(profiles)].sort(), ['0', '1,3']);
  const idle = fromPairs([], 2, 4);
  assert.throws(() => copiedUsers(idle, 1, 2, random(1)), /no real user has 1 to 2 clicks/);
});

test.run();
