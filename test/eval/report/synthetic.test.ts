/** @file The report of the synthetic experiment says what the experiment was. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { AttackRecord } from '../../../src/attack/index.ts';
import { type SyntheticFacts, syntheticReport } from '../../../src/eval/index.ts';

const facts: SyntheticFacts = {
  users: 41,
  fakes: 7,
  items: 23,
  target: 5,
  k: 3,
  surrogate: 'item-ae',
  about: 'autoencoder of items',
  steps: 12,
  method: 'truncated(4)',
  iterations: 1,
  seed: 6,
  device: 'reference',
};

const record = (iteration: number, targetHitRate: number): AttackRecord => ({
  iteration,
  loss: 100 - iteration,
  clicks: 8,
  seconds: 0.25,
  figures: { targetHitRate, testHitRate: 0.125 },
});

test('the page has the facts of the experiment, its history and two plots', async () => {
  const page = await syntheticReport({ facts, history: [record(0, 0.25), record(1, 0.75)] });
  for (const part of [
    '41 real users, 7 fake users and 23 items',
    'item-ae, trained on them by 12 steps, recommends item 5 to everyone',
    '(estimator truncated(4), device reference, seed 6)',
    'In 1 updates the adversarial loss went\nfrom 100 to 99',
    'HR@3 of the target item\nfrom 0.250 to 0.750',
    '<td>1</td><td>99.00</td><td>0.750</td><td>0.125</td><td>8</td><td>0.25</td>',
  ]) {
    assert.ok(page.includes(part), part);
  }
  assert.is(page.match(/<svg/g)?.length, 2);
});

test.run();
