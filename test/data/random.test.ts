/** @file The seeded generator: repeatable, independent by label, of the right distribution. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { random } from '../../src/data/index.ts';

const draws = (seed: number, label: string) => {
  const generator = random(seed).fork(label);
  return Array.from({ length: 5 }, () => generator.uniform());
};

test('the same seed and label draw the same numbers, others do not', () => {
  assert.equal(draws(1, 'a'), draws(1, 'a'));
  assert.not.equal(draws(1, 'a'), draws(2, 'a'));
  assert.not.equal(draws(1, 'a'), draws(1, 'b'));
});

test('the first draws of neighbouring seeds are spread out', () => {
  const first = Array.from({ length: 1000 }, (_, seed) => random(seed).uniform());
  const mean = first.reduce((sum, x) => sum + x, 0) / first.length;
  // Five standard errors of the mean of uniform numbers.
  assert.ok(Math.abs(mean - 0.5) < 5 * Math.sqrt(1 / 12 / first.length), `mean ${mean}`);
});

test('normal numbers have mean 0, variance 1 and kurtosis 3', () => {
  const generator = random(7);
  const n = 200_000;
  const x = Float64Array.from({ length: n }, () => generator.normal());
  const moment = (k: number) => x.reduce((sum, value) => sum + value ** k, 0) / n;
  // Five standard errors: the variances of x, x^2 and x^4 are 1, 2 and 96.
  const within = (value: number, mean: number, variance: number) =>
    assert.ok(Math.abs(value - mean) < 5 * Math.sqrt(variance / n), `${value} is not ${mean}`);
  within(moment(1), 0, 1);
  within(moment(2), 1, 2);
  within(moment(4), 3, 96);
});

test('a sample has different numbers of the range, a shuffle all of them', () => {
  const generator = random(3);
  const sample = generator.sample(10, 6);
  assert.is(new Set(sample).size, 6);
  assert.ok(sample.every((i) => i >= 0 && i < 10));
  const numbers = Int32Array.from({ length: 50 }, (_, i) => i);
  generator.shuffle(numbers);
  assert.not.equal(
    [...numbers],
    [...numbers].sort((a, b) => a - b),
  );
  assert.equal(
    [...numbers.sort()],
    Array.from({ length: 50 }, (_, i) => i),
  );
});

test('each place of a shuffle is equally likely', () => {
  const generator = random(11);
  const rounds = 30_000;
  const counts = new Float64Array(9);
  for (let round = 0; round < rounds; round++) {
    const numbers = Int32Array.from([0, 1, 2]);
    generator.shuffle(numbers);
    numbers.forEach((number, place) => counts[number * 3 + place]++);
  }
  // Five standard deviations of a binomial with probability 1/3.
  const allowed = 5 * Math.sqrt(rounds * (2 / 9));
  assert.ok(counts.every((count) => Math.abs(count - rounds / 3) < allowed));
});

test.run();
