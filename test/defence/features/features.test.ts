import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { random } from '../../../src/data/random.ts';
import { fromPairs, type SparseMatrix, toDense } from '../../../src/data/sparse.ts';
import {
  degSimCosine,
  degSimJaccard,
  featureNames,
  features,
  maxJaccard,
  meanInversePopularity,
  meanLogPopularity,
  mud,
  popularityNll,
  qud,
  rud,
  svdResiduals,
} from '../../../src/defence/index.ts';
import { toy } from '../toy.ts';

/** Numbers that were computed elsewhere, in numpy, and written with 12 digits. */
function expectPrinted(actual: ArrayLike<number>, printed: readonly number[]): void {
  assert.is(actual.length, printed.length);
  printed.forEach((x, i) => {
    assert.ok(Math.abs(actual[i] - x) < 1e-11, `user ${i}: ${actual[i]}, expected ${x}`);
  });
}

test('the features of the toy are as numpy gives them', async () => {
  expectPrinted(mud.values(toy), [3.333333333333, 3, 3.25, 2.666666666667, 3, 2.25]);
  expectPrinted(rud.values(toy), [2, 2, 2, 2, 2, 1]);
  expectPrinted(qud.values(toy), [2, 2, 2, 2, 2, 2]);
  expectPrinted(
    await degSimCosine(toy, 2),
    [0.721687836487, 0.57735026919, 0.57735026919, 0.455341801261, 0.721687836487, 0.538675134595],
  );
  expectPrinted(await degSimJaccard(toy, 2), [0.575, 0.4, 0.4, 0.3, 0.575, 0.366666666667]);
});

/** 40 users of 30 items, one of them without clicks. */
function drawn(): SparseMatrix {
  const draw = random(3);
  const pairs: [number, number][] = [];
  for (let user = 1; user < 40; user++) {
    for (const item of draw.sample(30, 1 + draw.integer(9))) {
      pairs.push([user, Math.min(item, draw.integer(30))]);
    }
  }
  return fromPairs(pairs, 40, 30);
}

const clicks = drawn();
const dense = toDense(clicks);
const cell = (user: number, item: number) => dense[user * 30 + item];
const users = Array.from({ length: 40 }, (_, user) => user);
const items = Array.from({ length: 30 }, (_, item) => item);
const sum = (numbers: readonly number[]) => numbers.reduce((total, x) => total + x, 0);
const popularity = items.map((item) => sum(users.map((user) => cell(user, item))));
const profile = (user: number) => items.filter((item) => cell(user, item) === 1);

/** A few additions and logarithms in another order: errors of some 1e-15 of sums below 100. */
function expectClose(actual: Float64Array, expected: readonly number[]): void {
  expected.forEach((x, i) => {
    assert.ok(Math.abs(actual[i] - x) < 1e-12 * 100, `user ${i}: ${actual[i]}, expected ${x}`);
  });
}

test('popularity features of drawn clicks agree with dense loops', () => {
  const meanOf = (value: (d: number) => number) =>
    users.map((user) => {
      const values = profile(user).map((item) => value(popularity[item]));
      return values.length > 0 ? sum(values) / values.length : 0;
    });
  expectClose(
    meanInversePopularity.values(clicks),
    meanOf((d) => 1 / d),
  );
  expectClose(meanLogPopularity.values(clicks), meanOf(Math.log));
  const nll = users.map((user) =>
    profile(user).length === 0
      ? 0
      : -sum(
          items.map((item) => {
            const p = popularity[item] / 40;
            const likelihood = cell(user, item) === 1 ? p : 1 - p;
            return Math.log(likelihood);
          }),
        ),
  );
  expectClose(popularityNll.values(clicks), nll);
});

test('similarities of drawn clicks agree with all pairs sorted', async () => {
  const pairwise = (similarity: (shared: number, a: number, b: number) => number, k: number) =>
    users.map((user) => {
      const mine = profile(user);
      const values = users
        .filter((other) => other !== user)
        .map((other) => {
          const theirs = profile(other);
          const shared = mine.filter((item) => theirs.includes(item)).length;
          return shared === 0 ? 0 : similarity(shared, mine.length, theirs.length);
        })
        .sort((a, b) => b - a);
      return sum(values.slice(0, k)) / k;
    });
  const jaccard = (shared: number, a: number, b: number) => shared / (a + b - shared);
  expectClose(
    await degSimCosine(clicks, 5),
    pairwise((shared, a, b) => shared / Math.sqrt(a * b), 5),
  );
  expectClose(await degSimJaccard(clicks, 5), pairwise(jaccard, 5));
  expectClose(await maxJaccard.values(clicks), pairwise(jaccard, 1));
});

test('the residual of the SVD is that of a projection on its right vectors', async () => {
  // Clicks of rank 2: two groups of equal profiles. Nothing is left at rank 2, and at rank 1 the
  // smaller group whole, as the groups share no item.
  const groups = fromPairs(
    users.flatMap((user): [number, number][] =>
      user < 25
        ? [
            [user, 0],
            [user, 1],
          ]
        : [[user, 2]],
    ),
    40,
    30,
  );
  expectClose(await svdResiduals(groups, 2), new Array(40).fill(0));
  expectClose(
    await svdResiduals(groups, 1),
    users.map((user) => (user < 25 ? 0 : 1)),
  );
});

test('every feature is finite, 0 for a user without clicks, and follows the users', async () => {
  assert.is(new Set(featureNames).size, features.length);
  const reversed = fromPairs(
    users.flatMap((user) => profile(user).map((item): [number, number] => [39 - user, item])),
    40,
    30,
  );
  for (const { name, values } of features) {
    const found = await values(clicks);
    assert.ok(found.every(Number.isFinite), name);
    assert.is(found[0], 0, name);
    expectClose(await values(reversed), [...found].reverse());
  }
});

test.run();
