/** @file Popularity strata and target items drawn from them. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fromPairs } from '../../../src/data/index.ts';
import { itemsOf, parseTargets, strata } from '../../../src/eval/index.ts';

// Item i of 100 has i clicks.
const pairs = Array.from({ length: 100 }, (_, item) =>
  Array.from({ length: item }, (_, user) => [user, item] as const),
).flat();
const train = fromPairs(pairs, 100, 100);

test('strata divide the catalogue at the 95th, 75th and 50th percentiles', () => {
  // Clicks 0 to 99: the percentiles are 94.05, 74.25 and 49.5.
  const sizes = strata.map((stratum) => itemsOf(train, stratum).length);
  assert.equal(sizes, [5, 20, 25, 50]);
  assert.equal([...itemsOf(train, 'head')], [95, 96, 97, 98, 99]);
});

test('an item with as many clicks as a bound is below it, or as published nowhere', () => {
  // Item i of 101 has i clicks: the percentiles are 95, 75 and 50, those of items.
  const clicks = Array.from({ length: 101 }, (_, item) =>
    Array.from({ length: item }, (_, user) => [user, item] as const),
  ).flat();
  const exact = fromPairs(clicks, 101, 101);
  const sizes = (onBound: 'below' | 'nowhere') =>
    strata.map((stratum) => itemsOf(exact, stratum, onBound).length);
  assert.equal(sizes('below'), [5, 20, 25, 51]);
  assert.equal(sizes('nowhere'), [5, 19, 24, 50]);
  const torso = [...itemsOf(exact, 'upper-torso', 'nowhere')];
  assert.equal([torso[0], torso[18]], [76, 94]);
  assert.throws(() => parseTargets('upper-torso:20', exact, 1, 'nowhere'), /has 19 items/);
  assert.is(parseTargets('upper-torso:20', exact, 1).length, 20);
});

test('targets are drawn from a stratum, the same for the same seed', () => {
  const targets = parseTargets('upper-torso:5', train, 3);
  assert.is(targets.length, 5);
  assert.ok(targets.every((item) => item >= 75 && item < 95));
  assert.equal(targets, parseTargets('upper-torso:5', train, 3));
  assert.not.equal(targets, parseTargets('upper-torso:5', train, 4));
});

test('targets by number, each once', () => {
  assert.equal(parseTargets('7,3,7', train, 1), [7, 3]);
});

test('words that are no targets are errors that say what is', () => {
  assert.throws(() => parseTargets('100', train, 1), /item 100 is outside the catalogue of 100/);
  assert.throws(() => parseTargets('neck:5', train, 1), /no stratum neck; there are head/);
  assert.throws(() => parseTargets('head:6', train, 1), /head has 5 items/);
  assert.throws(() => parseTargets('1,,2', train, 1), /expected a stratum and a count/);
});

test.run();
