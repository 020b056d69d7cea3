/** @file Seeds of victims, and means and changes over them. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { averagesOf, changesOf, studentQuantile, victimSeeds } from '../../../src/eval/index.ts';
import { run } from './victim-run.ts';

test('seeds of the attacks are passed over', () => {
  assert.equal(victimSeeds(3, 1, [1]), [2, 3, 4]);
  assert.equal(victimSeeds(3, 1, [3, 1]), [2, 4, 5]);
  assert.equal(victimSeeds(2, 7, [1, 2]), [7, 8]);
});

test('seeds beyond 2^53, where two may be one, are refused', () => {
  const last = Number.MAX_SAFE_INTEGER;
  assert.equal(victimSeeds(2, last - 1, []), [last - 1, last]);
  assert.throws(() => victimSeeds(3, last - 1, []), /whole numbers below 2\^53/);
  assert.throws(() => victimSeeds(1, last, [last]), /whole numbers below 2\^53/);
});

test('changes are those of victims of the same seed, and so is their interval', () => {
  const before = [run(2, 0.1, 0.3), run(3, 0.5, 0.3)];
  const after = [run(2, 0.2, 0.3), run(3, 0.65, 0.2)];
  const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-12, `${a}, not ${b}`);
  const { targetHitRate, targetHitRateOfAll, recall } = averagesOf(after);
  close(targetHitRate.mean, 0.425);
  close(targetHitRateOfAll.mean, 0.2125);
  close(recall.mean, 0.25);
  const change = changesOf(before, after);
  close(change.targetHitRate.mean, 0.125);
  // Differences 0.1 and 0.15 deviate by 0.025 from their mean: variance 0.00125, of which half.
  close(change.targetHitRate.margin, studentQuantile(1) * Math.sqrt(0.00125 / 2));
  assert.throws(() => changesOf(before, after.slice(1)), /different seeds/);
});

test.run();
