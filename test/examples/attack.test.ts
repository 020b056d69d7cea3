/** @file examples/attack.ts: within its budget, and with hit rates counted a second time. */

import { openDevice } from 'hypertape/autodiff';
import { rowOf, stackRows } from 'hypertape/data';
import { modelKind } from 'hypertape/models';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { numbersOf, printed } from './printed.ts';

test('learned fake users keep the budget and beat random ones on both victims', async () => {
  const { example, lines } = await printed(() => import('../../examples/attack.ts'));
  const { data, targets, attacks, count, clicks, seed } = example;
  for (const [name, fakes] of attacks) {
    if (!fakes) continue;
    assert.is(fakes.rows, count, name);
    for (let fake = 0; fake < fakes.rows; fake++) {
      assert.ok(rowOf(fakes, fake).length <= clicks, name);
      for (const target of targets) assert.ok(rowOf(fakes, fake).includes(target), name);
    }
  }
  const hitRates = lines.slice(1).map((line) => numbersOf(line.split(':')[1])[1]);
  const [none, random, learned, noneAe, , learnedAe] = hitRates;
  assert.ok(none < random && random < learned, `${hitRates}`);
  assert.ok(noneAe < learnedAe, `${hitRates}`);

  // The last figure again: a hit is a user with fewer than ten better items than the target.
  const kind = modelKind('item-ae');
  const fakes = attacks[2][1];
  const device = await openDevice('simd', { threads: 1 });
  const all = fakes ? stackRows(data.train, fakes) : data.train;
  const model = await kind.fit(all, kind.synthetic, { seed, device });
  const users = Array.from({ length: data.test.rows }, (_, user) => user).filter(
    (user) => rowOf(data.test, user).length > 0,
  );
  const scores = await model.scores(Int32Array.from(users));
  const hits = users.filter((user, row) => {
    const own = scores.subarray(row * model.items, (row + 1) * model.items);
    const seen = rowOf(data.train, user);
    const better = own.filter((score, item) => !seen.includes(item) && score > own[targets[0]]);
    return !seen.includes(targets[0]) && better.length < 10;
  });
  assert.ok(Math.abs(hits.length / users.length - learnedAe) <= 5.01e-4, `${hits.length}`);
  await device.dispose();
});

test.run();
