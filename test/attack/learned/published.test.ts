/** @file The published settings, against those of the paper's section 4 and its code. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  attackDepartures,
  attackKind,
  attackSettings,
  publishedAttack,
  publishedAttacks,
} from '../../../src/attack/index.ts';

test('each attack has its threshold, its part of the training, and fixed targets or not', () => {
  const told = publishedAttacks.map(({ name, settings: s }) => {
    return [name, s.surrogate, s.method, s.projection, s.clickTargets];
  });
  assert.equal(told, [
    ['WRMF+SGD', 'wrmf-sgd', 'truncated:10epochs', 'threshold:0.05', false],
    ['WRMF+ALS', 'wrmf-als', 'partial', 'threshold:0.1', true],
    ['ItemAE', 'item-ae', 'truncated:5epochs', 'threshold:0.1', false],
    ['ItemAE(PD)', 'item-ae', 'partial', 'threshold:0.05', true],
  ]);
  for (const { settings } of publishedAttacks) {
    const { iterations, outerRate, outerMomentum, normalizeRows, start, copyLimit } = settings;
    assert.equal(
      [iterations, outerRate, outerMomentum, normalizeRows, start, copyLimit],
      [30, 1, 0.95, true, 'first', 100],
    );
    assert.ok(Object.keys(settings).every((name) => name in attackSettings));
    assert.ok(Object.keys(settings).every((name) => name in attackKind('hypergradient').defaults));
  }
});

test('the method tells the two attacks through ItemAE apart', () => {
  assert.is(publishedAttack('item-ae')?.name, 'ItemAE');
  assert.is(publishedAttack('item-ae', 'partial')?.name, 'ItemAE(PD)');
  assert.is(publishedAttack('item-ae', 'exact')?.name, 'ItemAE');
  assert.is(publishedAttack('wrmf-als', 'exact')?.name, 'WRMF+ALS');
  assert.is(publishedAttack('neumf'), undefined);
});

test('what differs is said by name, with both values', () => {
  const [{ settings }] = publishedAttacks;
  assert.equal(attackDepartures('hypergradient', settings), []);
  const changed = { ...settings, projection: 'top', start: 'random' };
  assert.equal(attackDepartures('hypergradient', changed), [
    'WRMF+SGD: start is random, published first',
    'WRMF+SGD: projection is top, published threshold:0.05',
  ]);
  assert.match(attackDepartures('other', settings)[0], /none of the published attacks/);
});

test.run();
