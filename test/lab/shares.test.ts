/** @file What the page says of the shares: they add up to 1, and those of the valley are alike. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAddress } from '../../src/lab/index.ts';
import { Session } from '../../src/lab/session/session.ts';
import type { Snapshot } from '../../src/lab/session/snapshot.ts';

const { signal } = new AbortController();

/** The first outer steps of an address. */
async function snapshotsOf(address: string, count: number): Promise<Snapshot[]> {
  const session = await Session.open(parseAddress(address));
  const found: Snapshot[] = [];
  try {
    for (let i = 0; i < count; i++) found.push(await session.next(signal));
  } finally {
    await session.close();
  }
  return found;
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, x) => total + x, 0);

for (const address of [
  'problem=attack',
  'problem=attack&surrogate=wrmf-als',
  'problem=cleaning',
  'problem=learning-rate',
  'problem=maml',
]) {
  test(`${address}: the shares of the steps, of the start and of the end itself add up to 1`, async () => {
    for (const { fractions, initFraction, curve, facts } of await snapshotsOf(address, 2)) {
      const direct = curve.fraction[0];
      // Each is a sum in double precision of numbers that were rounded to f32, as is the gradient.
      const rounding = 2 ** -24 * facts.steps * sum(fractions.map(Math.abs));
      const all = sum(fractions) + initFraction + direct;
      assert.ok(Math.abs(all - 1) <= rounding + 2 ** -22, `${all}`);
      // What a truncation sees is the direct part and the shares of its steps.
      const tau = Math.ceil(facts.steps / 3);
      const seen = direct + sum(fractions.slice(facts.steps - tau));
      assert.ok(Math.abs(curve.fraction[tau] - seen) <= rounding + 2 ** -22, `${seen}`);
    }
  });
}

test('steps of one size count alike in a valley, by the formula', async () => {
  const [{ gradient, inputs, facts, value }] = await snapshotsOf(
    'problem=learning-rate&device=reference',
    1,
  );
  // The ball ends at p_i = s_i (1 - r c_i)^L, at the height ½ Σ c_i p_i².
  const curvatures = [1, 10];
  const [rate] = inputs;
  const session = await Session.open(parseAddress('problem=learning-rate&device=reference'));
  await session.next(signal);
  const way = await session.view(0, signal);
  await session.close();
  if (way.kind !== 'path') throw new Error(`a path is expected, not ${way.kind}`);
  const ends = curvatures.map((c, i) => way.path[i] * (1 - rate * c) ** facts.steps);
  const height = sum(ends.map((end, i) => 0.5 * curvatures[i] * end ** 2));
  assert.ok(Math.abs(value - height) <= 1e-6 * height);
  const expected = -sum(
    ends.map((end, i) => (curvatures[i] * end) ** 2 / (1 - rate * curvatures[i])),
  );
  // Pictures have the gradient in f32.
  for (const entry of gradient) {
    assert.ok(Math.abs(entry - expected) <= 1e-6 * Math.abs(expected), `${entry}, not ${expected}`);
  }
});

test.run();
