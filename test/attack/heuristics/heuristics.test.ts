/** @file Heuristic attacks: what each clicks, against its definition written out. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AttackKind,
  aggregateSimilarity,
  attackKind,
  budgetFor,
  craftFakes,
  type Goal,
  inDegrees,
  similarityTo,
} from '../../../src/attack/index.ts';
import { random } from '../../../src/data/random.ts';
import { fromPairs, rowOf, type SparseMatrix } from '../../../src/data/sparse.ts';

/** Rows of 0 and 1. */
const matrix = (...rows: string[]): SparseMatrix =>
  fromPairs(
    rows.flatMap((row, user) =>
      [...row].flatMap((cell, item) => (cell === '1' ? [[user, item] as const] : [])),
    ),
    rows.length,
    rows[0].length,
  );

/** Six users of eight items. */
const train = matrix('11010000', '10100100', '11100010', '01001001', '11011000', '00100111');
const profiles = Array.from({ length: 6 }, (_, user) => [...rowOf(train, user)]);

const promote = (...targets: number[]): Goal => ({ kind: 'promote', targets });

async function fakesOf(
  name: string,
  goal: Goal,
  {
    fakes,
    clicks,
    data = train,
    seed = 1,
    ...changes
  }: {
    fakes: number;
    clicks: number;
    data?: SparseMatrix;
    seed?: number;
    hotItems?: number;
    hotShare?: number;
    segmentItems?: number;
  },
) {
  const kind: AttackKind = attackKind(name);
  const budget = budgetFor(data, fakes, clicks, goal, random(seed));
  const settings = { ...kind.defaults, ...changes };
  const made = await craftFakes(kind, { train: data, goal, budget, seed }, settings);
  return Array.from({ length: fakes }, (_, fake) => [...rowOf(made, fake)]);
}

/**
 * Asserts that counts of n draws have these probabilities: each within 5 standard deviations of
 * its mean, which a right sampler leaves with probability 6e-7.
 */
function assertShares(counts: number[], draws: number, probabilities: number[]): void {
  probabilities.forEach((p, i) => {
    const deviation = Math.sqrt(draws * p * (1 - p));
    assert.ok(
      Math.abs(counts[i] - draws * p) <= 5 * deviation,
      `${i}: ${counts[i]} of ${draws * p}`,
    );
  });
}

const countsOf = (rows: number[][], items: number): number[] =>
  Array.from({ length: items }, (_, item) => rows.filter((row) => row.includes(item)).length);

test('random filler clicks all other items equally often', async () => {
  const fakes = 4000;
  const rows = await fakesOf('random-filler', promote(2, 5), { fakes, clicks: 5 });
  // Three of the six other items each.
  const expected = [0.5, 0.5, 1, 0.5, 0.5, 1, 0.5, 0.5];
  assertShares(countsOf(rows, 8), fakes, expected);
});

test('popularity-proportional draws one after the other, each in proportion to its clicks', async () => {
  const fakes = 4000;
  const rows = await fakesOf('popularity-proportional', promote(2), { fakes, clicks: 3 });
  // Items 0, 1, 3 to 7 have 4, 4, 2, 2, 2, 2, 2 clicks. Of two draws without replacement an item is
  // the first with w / 18, or the second after j with w_j / 18 * w / (18 - w_j).
  const weights = [4, 4, 0, 2, 2, 2, 2, 2];
  const total = 18;
  const expected = weights.map((w, item) =>
    weights.reduce(
      (p, other, j) => (j === item ? p : p + ((other / total) * w) / (total - other)),
      w / total,
    ),
  );
  expected[2] = 1;
  assertShares(countsOf(rows, 8), fakes, expected);
});

test('popularity-proportional falls back on items without a click', async () => {
  const data = matrix('11000', '10000');
  const rows = await fakesOf('popularity-proportional', promote(4), { fakes: 30, clicks: 4, data });
  for (const row of rows)
    assert.ok(
      [0, 1, 4].every((item) => row.includes(item)),
      `${row}`,
    );
  assert.equal([...new Set(rows.map((row) => row[2]))].sort(), [2, 3]);
});

test('popular clicks the most clicked, of equal ones the lower numbers', async () => {
  // Clicks of the items: 4 4 3 2 2 2 2 2.
  const [row] = await fakesOf('popular', promote(7), { fakes: 1, clicks: 5 });
  assert.equal(row, [0, 1, 2, 3, 7]);
  const [demoting] = await fakesOf(
    'popular',
    { kind: 'demote', targets: [0] },
    { fakes: 1, clicks: 3 },
  );
  assert.equal(demoting, [1, 2, 3]);
});

test('bandwagon spends a share of its whole budget on hot items', async () => {
  const fakes = 4000;
  // Hot are ceil(0.3 * 8) = 3 items beside the target: 0, 1, 2. Of 5 clicks round(0.4 * 5) = 2.
  const rows = await fakesOf('bandwagon', promote(7), {
    fakes,
    clicks: 5,
    hotItems: 0.3,
    hotShare: 0.4,
  });
  for (const row of rows) {
    assert.is(row.length, 5);
    assert.is(row.filter((item) => item < 3).length, 2);
  }
  assertShares(countsOf(rows, 8), fakes, [2 / 3, 2 / 3, 2 / 3, 0.5, 0.5, 0.5, 0.5, 1]);
  // Where the others end, hot items go beyond their share, and the other way round.
  const [all] = await fakesOf('bandwagon', promote(7), { fakes: 1, clicks: 8, hotShare: 0 });
  assert.is(all.length, 8);
  const [hot] = await fakesOf('bandwagon', promote(7), { fakes: 1, clicks: 6, hotShare: 1 });
  assert.is(hot.length, 6);
});

test('segment clicks the items that share most users with the targets', async () => {
  const usersOf = (item: number) =>
    new Set([0, 1, 2, 3, 4, 5].filter((u) => profiles[u].includes(item)));
  const jaccard = (a: number, b: number) => {
    const [x, y] = [usersOf(a), usersOf(b)];
    const both = [...x].filter((user) => y.has(user)).length;
    return both / (x.size + y.size - both);
  };
  const similarity = similarityTo(train, [3, 6]);
  for (let item = 0; item < 8; item++) {
    const expected = (jaccard(item, 3) + jaccard(item, 6)) / 2;
    // A sum of two quotients of small numbers: three roundings.
    assert.ok(Math.abs(similarity[item] - expected) <= 3 * 2 ** -53, `${item}`);
  }
  // By that, 1 (2/4 + 1/5), 2 (0 + 2/3), 0 (2/4 + 1/5) lie nearest: 0 and 1 at .35, 2 at .333.
  const rows = await fakesOf('segment', promote(3, 6), { fakes: 50, clicks: 5, segmentItems: 3 });
  for (const row of rows) assert.equal(row, [0, 1, 2, 3, 6]);
  const wider = await fakesOf('segment', promote(3, 6), { fakes: 200, clicks: 6, segmentItems: 3 });
  for (const row of wider) assert.ok([0, 1, 2].every((item) => row.includes(item)));
  assert.equal([...new Set(wider.flat())].sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
  const none = await fakesOf('segment', { kind: 'untargeted' }, { fakes: 1, clicks: 2 }).catch(
    (e) => e,
  );
  assert.match(none.message, /segment: expected target items/);
});

test('power users are those of most clicks, of highest in-degree or most similar', async () => {
  const cosine = (a: number, b: number) =>
    profiles[a].filter((item) => profiles[b].includes(item)).length /
    Math.sqrt(profiles[a].length * profiles[b].length);
  const users = [0, 1, 2, 3, 4, 5];
  const similar = aggregateSimilarity(train);
  for (const user of users) {
    const sum = users.reduce((all, other) => all + (other === user ? 0 : cosine(user, other)), 0);
    // Sums of at most 16 terms below 4, each with a few roundings.
    assert.ok(Math.abs(similar[user] - sum) <= 64 * 4 * 2 ** -53, `${user}`);
  }
  for (const count of [1, 2, 5]) {
    const degrees = new Array(6).fill(0);
    for (const user of users) {
      const near = users
        .filter((other) => other !== user && cosine(user, other) > 0)
        // The same quotient as in the code, so that ties are ties.
        .sort((a, b) => cosine(user, b) - cosine(user, a) || a - b);
      for (const other of near.slice(0, count)) degrees[other]++;
    }
    assert.equal([...inDegrees(train, count)], degrees, `${count}`);
  }
  // Users 2, 4 and 5 have four clicks, the others three.
  const rows = await fakesOf('power-user', promote(3), { fakes: 7, clicks: 8 });
  const copies = [2, 4, 5, 0, 1, 3, 2].map((user) =>
    [...new Set([...profiles[user], 3])].sort((a, b) => a - b),
  );
  assert.equal(rows, copies);
  const cut = await fakesOf('power-user', promote(7), { fakes: 400, clicks: 3 });
  assert.ok(cut.every((row) => row.length === 3));
});

test('copy has a whole profile of the greatest length that fits, each user once', async () => {
  const goal = promote(7);
  const beside = profiles.map((profile) => profile.filter((item) => item !== 7));
  const rows = await fakesOf('copy', goal, { fakes: 6, clicks: 4 });
  const copied = rows.map((row) => row.filter((item) => item !== 7).join());
  // Of at most three items beside the target: users 0, 1, 5 with three, 3 with two; then again.
  const three = [0, 1, 5].map((user) => beside[user].join()).sort();
  assert.equal(copied.slice(0, 3).sort(), three);
  assert.is(copied[3], beside[3].join());
  assert.is(new Set(copied.slice(4)).size, 2);
  const short = await fakesOf('copy', goal, { fakes: 300, clicks: 2 });
  assert.ok(short.every((row) => row.length === 2));
  assert.is(new Set(short.flat()).size, 8);
});

test.run();
