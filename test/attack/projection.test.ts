/** @file Projections against their definition. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { project } from '../../src/attack/index.ts';
import { forAll } from '../autodiff/draw.ts';

test('a threshold clicks what is above it', () => {
  const x = Float64Array.of(0.2, 0.21, -1, 1);
  project(x, 2, { kind: 'threshold', rho: 0.2 });
  assert.equal([...x], [0, 1, 0, 1]);
});

test('top clicks the largest entries of each user, the lower item of equal ones', async () => {
  await forAll(30, async (draw) => {
    const [users, items] = [draw.integer(1, 4), draw.integer(1, 6)];
    const clicks = draw.integer(1, items);
    // Numbers of three values, so that many are equal.
    const x = Float64Array.from({ length: users * items }, () => draw.integer(0, 2));
    const before = [...x];
    project(x, items, { kind: 'top', clicks });
    for (let user = 0; user < users; user++) {
      const row = before.slice(user * items, (user + 1) * items);
      const rank = (item: number) =>
        row.filter((value, other) => value > row[item] || (value === row[item] && other < item))
          .length;
      const expected = row.map((_, item) => (rank(item) < clicks ? 1 : 0));
      assert.equal([...x.subarray(user * items, (user + 1) * items)], expected);
    }
  });
});

test('top of no click, of more than there are items, or of a part of one is refused', () => {
  for (const clicks of [0, 4, 1.5]) {
    assert.throws(
      () => project(new Float64Array(3), 3, { kind: 'top', clicks }),
      /expected 1 to 3 clicks/,
    );
  }
});

test.run();
