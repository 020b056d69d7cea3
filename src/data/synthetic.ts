/** @file The paper's synthetic data: a click where a product of normal factors is large. */

import type { DataSet } from './data-set.ts';
import { random } from './random.ts';
import { fromPairs, rowOf, type SparseMatrix } from './sparse.ts';

/** The rank of the product, and the value above which it is a click, as in the published code. */
const rank = 20;
const threshold = 5;

/** The size of synthetic data, and the seed that they follow from. */
export interface SyntheticOptions {
  /** Default 900. */
  readonly users?: number;
  /** Default 100. */
  readonly fakes?: number;
  /** Default 300. */
  readonly items?: number;
  readonly seed: number;
}

/**
 * The clicks of real users and, from the same distribution, those of the fake users before any
 * attack (Tang, Wen & Wang 2020, section 3.3). Every user has a click to train on. One random click
 * of each real user with two or more is held out for testing.
 */
export function synthetic(options: SyntheticOptions): { data: DataSet; fakes: SparseMatrix } {
  const { users = 900, fakes = 100, items = 300, seed } = options;
  const all = clicks(users + fakes, items, seed);
  const draw = random(seed).fork('held out');
  const train: [number, number][] = [];
  const test: [number, number][] = [];
  for (let user = 0; user < users; user++) {
    const row = rowOf(all, user);
    const chosen = row.length > 1 ? draw.integer(row.length) : -1;
    row.forEach((item, i) => {
      (i === chosen ? test : train).push([user, item]);
    });
  }
  const fake: [number, number][] = [];
  for (let user = 0; user < fakes; user++) {
    for (const item of rowOf(all, users + user)) fake.push([user, item]);
  }
  const data = {
    name: 'synthetic',
    train: fromPairs(train, users, items),
    test: fromPairs(test, users, items),
  };
  return { data, fakes: fromPairs(fake, fakes, items) };
}

function clicks(users: number, items: number, seed: number): SparseMatrix {
  const generator = random(seed).fork('synthetic');
  const factors = (count: number) =>
    Array.from({ length: count }, () => Float64Array.from({ length: rank }, generator.normal));
  const u = factors(users);
  const v = factors(items);
  const pairs: [number, number][] = [];
  u.forEach((a, user) => {
    const scores = v.map((b) => a.reduce((sum, x, k) => sum + x * b[k], 0));
    // With few items a user may reach the threshold for none: the highest score is then the click.
    const least = Math.min(threshold, scores.reduce((x, y) => Math.max(x, y)) - 1e-9);
    scores.forEach((score, item) => {
      if (score > least) pairs.push([user, item]);
    });
  });
  return fromPairs(pairs, users, items);
}
