/** @file PORE: bounds against sums of binomial terms, its certificate against every attack. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openDevice } from '../../../src/autodiff/index.ts';
import { random } from '../../../src/data/portable.ts';
import { fromPairs, type SparseMatrix, selectedRows, stackRows } from '../../../src/data/sparse.ts';
import {
  type Bounds,
  castVotes,
  certifiedSize,
  cleanShare,
  clopperPearson,
  defence,
  type Votes,
} from '../../../src/defence/index.ts';
import { itemCfKind, modelKind, nearestItems, neighbourScores } from '../../../src/models/index.ts';

/** C(n, k) as a product of ratios. */
const choose = (n: number, k: number): number => {
  let product = 1;
  for (let i = 1; i <= k; i++) product *= (n - k + i) / i;
  return product;
};

/** P(from <= X <= to) for X of Binomial(n, p), term by term. */
function between(from: number, to: number, n: number, p: number): number {
  let sum = 0;
  for (let k = from; k <= to; k++) sum += choose(n, k) * p ** k * (1 - p) ** (n - k);
  return sum;
}

test('a bound is where the tail has the probability alpha', () => {
  for (const [n, alpha] of [
    [1, 0.05],
    [7, 0.001],
    [40, 0.025],
    [300, 1e-9],
  ] as const) {
    const { lower, upper } = clopperPearson(n, alpha);
    for (let k = 0; k <= n; k++) {
      if (k === 0) assert.is(lower(k), 0);
      // A tail moves by at most n times the relative rounding of p, and sums n rounded terms.
      else
        assert.ok(Math.abs(between(k, n, n, lower(k)) / alpha - 1) < 1e-11, `lower ${k} of ${n}`);
      if (k === n) assert.is(upper(k), 1);
      // 1 - p has an absolute rounding, which the tail below sees relative to 1 - upper.
      else assert.ok(Math.abs(between(0, k, n, upper(k)) / alpha - 1) < 1e-6, `upper ${k} of ${n}`);
    }
  }
});

test('bounds have their closed forms at the ends, for many trials too', () => {
  const [n, alpha] = [100_000, 1e-9];
  const { lower, upper } = clopperPearson(n, alpha);
  const apart = (a: number, b: number) => Math.abs(a / b - 1);
  // All of n: p^n = alpha. One of n: 1 - (1 - p)^n = alpha.
  assert.ok(apart(lower(n), alpha ** (1 / n)) < 1e-12);
  // The logarithm of 100000! is a million: its last digit is 1e-10.
  assert.ok(apart(lower(1), -Math.expm1(Math.log1p(-alpha) / n)) < 1e-9);
  assert.ok(apart(upper(0), -Math.expm1(Math.log(alpha) / n)) < 1e-9);
  // Known values of the interval of 95 %, 10 of 20.
  const known = clopperPearson(20, 0.025);
  assert.ok(Math.abs(known.lower(10) - 0.2719578) < 1e-7);
  assert.ok(Math.abs(known.upper(10) - 0.7280422) < 1e-7);
});

test('the clean share is the ratio of the numbers of bags', () => {
  for (const [users, bagSize, fakes] of [
    [10, 3, 0],
    [10, 3, 4],
    [50, 20, 7],
  ]) {
    const ratio = choose(users, bagSize) / choose(users + fakes, bagSize);
    const got = cleanShare({ users, bagSize, votes: 1 }, fakes);
    assert.ok(Math.abs(got / ratio - 1) < 1e-12);
  }
});

/** The certificate by its definition, over all items and each r from 0. */
function bruteForce(
  counts: number[],
  wanted: number[],
  { users, bagSize, votes }: { users: number; bagSize: number; votes: number },
  { k, fakes, bags, alpha }: { k: number; fakes: number; bags: number; alpha: number },
): number {
  /** The p at which an event of this probability has the tail alpha, by halving. */
  const solve = (tail: (p: number) => number, rising: boolean): number => {
    let [low, high] = [0, 1];
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2;
      if (tail(middle) < alpha === rising) low = middle;
      else high = middle;
    }
    return low;
  };
  const lower = (c: number) => (c === 0 ? 0 : solve((p) => between(c, bags, bags, p), true));
  const upper = (c: number) => (c === bags ? 1 : solve((p) => between(0, c, bags, p), false));
  const rho = choose(users, bagSize) / choose(users + fakes, bagSize);
  const delta = bagSize / (users + fakes) - (rho * bagSize) / users;
  const best = wanted.map((item) => lower(counts[item])).sort((a, b) => b - a);
  const rivals = counts.flatMap((c, item) => (wanted.includes(item) ? [] : [upper(c)]));
  rivals.sort((a, b) => b - a);
  let size = 0;
  for (let r = 1; r <= Math.min(k, wanted.length); r++) {
    const first = rivals.slice(0, k - r + 1);
    const total = first.reduce((a, b) => a + b, 0);
    const bound = Math.min(
      (rho * total + votes * delta) / first.length,
      Math.min(...first.map((p) => rho * p + delta)),
    );
    if (rho * best[r - 1] > bound) size = r;
  }
  return size;
}

test('the certificate is that of the published formula', () => {
  const generator = random(3);
  const sizes = new Set<number>();
  for (let round = 0; round < 60; round++) {
    const [items, bags, k] = [12, 60, 1 + generator.integer(5)];
    const ensemble = {
      users: 40,
      bagSize: 1 + generator.integer(8),
      votes: 1 + generator.integer(3),
    };
    const wanted = generator.sample(items, 1 + generator.integer(4));
    const counts = Array.from({ length: items }, (_, item) =>
      Math.floor(bags * generator.uniform() ** (wanted.includes(item) ? 0.2 : 4)),
    );
    const alpha = [0.05, 0.001][round % 2];
    const bounds = clopperPearson(bags, alpha);
    for (const fakes of [0, 1, 2, 5]) {
      const some = counts.flatMap((c, item) => (c > 0 ? [[item, c] as const] : []));
      const got = certifiedSize({ counts: new Map(some), items, wanted }, ensemble, {
        k,
        fakes,
        bounds,
      });
      assert.is(got, bruteForce(counts, wanted, ensemble, { k, fakes, bags, alpha }));
      sizes.add(got);
    }
  }
  assert.ok(sizes.size >= 4, `only the sizes ${[...sizes]} came up`);
});

const items = 5;
const clicks = fromPairs(
  [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
    [1, 2],
    [2, 1],
    [2, 2],
    [3, 0],
    [3, 2],
    [4, 0],
    [4, 1],
    [4, 3],
    [5, 2],
    [5, 1],
    [5, 4],
  ],
  6,
  items,
);

/** All subsets of `size` numbers below n. */
function subsets(n: number, size: number): number[][] {
  if (size === 0) return [[]];
  return subsets(n, size - 1).flatMap((rest) => {
    const from = rest.length > 0 ? rest[rest.length - 1] + 1 : 0;
    return Array.from({ length: n - from }, (_, i) => [...rest, from + i]);
  });
}

/** The probability that each item is recommended to each user, over all bags. */
function probabilities(rows: SparseMatrix, bagSize: number, votes: number): number[][] {
  const chances = Array.from({ length: rows.rows }, () => new Array<number>(items).fill(0));
  const bags = subsets(rows.rows, bagSize);
  for (const bag of bags) {
    const some = selectedRows(rows, Int32Array.from(bag));
    const nearest = nearestItems(some, 50);
    bag.forEach((user, row) => {
      const scores = neighbourScores(some, nearest, Int32Array.of(row));
      for (const item of some.indices.subarray(some.indptr[row], some.indptr[row + 1]))
        scores[item] = 0;
      const order = [...scores.keys()].sort((a, b) => scores[b] - scores[a] || a - b);
      for (const item of order.slice(0, votes).filter((i) => scores[i] > 0)) {
        chances[user][item] += 1 / bags.length;
      }
    });
  }
  return chances;
}

test('no fake user of any clicks breaks a certificate of exact probabilities', () => {
  let [certified, tight] = [0, 0];
  for (const [bagSize, votes] of [
    [2, 1],
    [3, 1],
    [3, 2],
    [4, 2],
  ]) {
    const clean = probabilities(clicks, bagSize, votes);
    // Bounds of probabilities that are known, apart by more than the rounding of a tie.
    const bags = choose(clicks.rows, bagSize);
    const exactly: Bounds = {
      lower: (c) => (c / bags) * (1 - 1e-9),
      upper: (c) => (c / bags) * (1 + 1e-9),
    };
    const poisoned = Array.from({ length: 2 ** items }, (_, bits) => {
      const pairs = Array.from({ length: items }, (_, item) => item).filter(
        (item) => (bits >> item) & 1,
      );
      const fake = fromPairs(
        pairs.map((item) => [0, item] as const),
        1,
        items,
      );
      return probabilities(stackRows(clicks, fake), bagSize, votes);
    });
    for (let user = 0; user < clicks.rows; user++) {
      for (const k of [1, 2]) {
        for (const wanted of [...subsets(items, 1), ...subsets(items, 2)]) {
          const counts = new Map(
            clean[user].flatMap((p, item) =>
              p > 0 ? [[item, Math.round(p * bags)] as const] : [],
            ),
          );
          const size = certifiedSize(
            { counts, items, wanted },
            { users: clicks.rows, bagSize, votes },
            { k, fakes: 1, bounds: exactly },
          );
          // The worst order of ties.
          const found = poisoned.map((chances) => {
            const others = chances[user].filter((_, item) => !wanted.includes(item));
            return wanted.filter((item) => {
              const p = chances[user][item];
              const before = others.filter((q) => q >= p - 1e-12).length;
              const better = wanted.filter((other) => chances[user][other] > p + 1e-12).length;
              return before + better < k;
            }).length;
          });
          const least = Math.min(...found);
          assert.ok(least >= size, `user ${user}, wanted ${wanted}: ${least} of certified ${size}`);
          if (size > 0) certified++;
          if (size > 0 && least === size) tight++;
        }
      }
    }
  }
  assert.ok(certified > 10, `only ${certified} certificates say anything`);
  assert.ok(tight > 0);
});

test('votes are those of item-cf on the bags, and a bag votes for its users alone', async () => {
  const options = { bags: 3000, bagSize: 3, votes: 2, neighbours: 50, seed: 1 };
  const votes = await castVotes(clicks, options);
  const expected = probabilities(clicks, 3, 2);
  votes.counts.forEach((counts, user) => {
    for (let item = 0; item < items; item++) {
      const p = expected[user][item];
      // Five standard deviations of a frequency; 30 of them leave that once in a million runs.
      const allowed = 5 * Math.sqrt((p * (1 - p)) / options.bags);
      assert.ok(Math.abs((counts.get(item) ?? 0) / options.bags - p) <= allowed + 1e-12);
    }
  });
  const again = await castVotes(clicks, options);
  assert.equal(again.counts, votes.counts);
});

test('pore scores by votes, and refuses what it cannot defend', async () => {
  const device = await openDevice('reference');
  const task = {
    clicks,
    kind: modelKind('item-cf'),
    settings: itemCfKind.defaults,
    seed: 1,
    device,
  };
  const pore = defence('pore');
  const { model, votes } = await pore.train(task, { bags: 20, bagSize: 4, votes: 1 });
  const scores = await model.scores(Int32Array.of(4, 1));
  const cast = votes as Votes;
  [4, 1].forEach((user, row) => {
    for (let item = 0; item < items; item++) {
      assert.is(scores[row * items + item], cast.counts[user].get(item) ?? 0);
    }
  });
  const refused = async (settings: object, message: RegExp, kind = task.kind) => {
    const error = await pore.train({ ...task, kind }, settings).catch((reason: Error) => reason);
    assert.match((error as Error).message, message);
  };
  await refused({ bagSize: 7 }, /bagSize: 7 users do not come out of 6: lower --bag-size/);
  await refused({ bags: 0 }, /bags: expected a whole number from 1, got 0/);
  await refused({}, /pore defends item-cf, not wrmf-sgd/, modelKind('wrmf-sgd'));
});

test.run();
