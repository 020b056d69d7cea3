/** @file Stealth: penalties against their formulas, and profiles brought into the genuine range. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  budgetFor,
  clickSurprise,
  craftFakes,
  GenuineRange,
  type Goal,
  hypergradientAttack,
  project,
  stealthPenalty,
} from '../../src/attack/index.ts';
import {
  checkGradients,
  exact,
  openDevice,
  setDefaultDevice,
  tensor,
} from '../../src/autodiff/index.ts';
import { random } from '../../src/data/random.ts';
import { columnCounts, fromDense, rowOf } from '../../src/data/sparse.ts';
import {
  meanInversePopularity,
  mud,
  popularityNll,
  profileLength,
  qud,
  rud,
} from '../../src/defence/index.ts';
import { wrmfSgdKind } from '../../src/models/index.ts';

setDefaultDevice(await openDevice('reference'));

/** 80 users of 40 items, of which the first are the most clicked. */
const generator = random(3);
const train = fromDense(
  Float64Array.from({ length: 80 * 40 }, (_, cell) =>
    generator.uniform() < 0.7 / (1 + (cell % 40) / 6) ? 1 : 0,
  ),
  80,
  40,
);
const mean = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;
const deviation = (values: Float64Array) =>
  Math.sqrt(mean(values.map((x) => (x - mean(values)) ** 2)));
const own = (values: Float64Array) =>
  values.filter((_, user) => train.indptr[user + 1] > train.indptr[user]);

const fakes = Float64Array.from({ length: 3 * 40 }, () => generator.uniform());

test('the penalty of MUD is the squared distance to the genuine mean in deviations', async () => {
  const counts = columnCounts(train);
  const values = own(mud.values(train));
  let expected = 0;
  for (let fake = 0; fake < 3; fake++) {
    const row = fakes.subarray(fake * 40, (fake + 1) * 40);
    const clicks = row.reduce((sum, x) => sum + x, 0);
    const feature = row.reduce((sum, x, item) => sum + x * counts[item], 0) / clicks;
    expected += 0.5 * ((feature - mean(values)) / deviation(values)) ** 2;
  }
  const penalty = stealthPenalty('mud', 0.5, train);
  const got = await penalty(tensor(fakes, [3, 40])).item();
  // The 1e-9 in the divisor, and roundings of sums of 40 numbers.
  assert.ok(Math.abs(got / expected - 1) <= 1e-8, `${got} ${expected}`);
  await checkGradients(penalty, tensor(fakes, [3, 40]), { order: 2 });
});

test("the penalty of the likelihood takes the detector's likelihood of genuine users", async () => {
  const surprise = clickSurprise(train);
  const counts = columnCounts(train);
  assert.ok(counts.every((d) => d > 0 && d < 80));
  const nll = popularityNll.values(train);
  // Of two users the likelihoods differ by their clicks alone.
  const sumOf = (user: number) =>
    [...rowOf(train, user)].reduce((sum, item) => sum + surprise[item], 0);
  const users = [0, 1].map(
    (nth) => [...nll.keys()].filter((user) => rowOf(train, user).length > 0)[nth],
  );
  const [a, b] = users;
  assert.ok(Math.abs(nll[a] - nll[b] - (sumOf(a) - sumOf(b))) <= 1e-11);
  const values = own(Float64Array.from(nll.keys(), sumOf));
  const row = fakes.subarray(0, 40);
  const feature = row.reduce((sum, x, item) => sum + x * surprise[item], 0);
  const penalty = stealthPenalty('likelihood', 2, train);
  const got = await penalty(tensor(row, [1, 40])).item();
  const expected = 2 * ((feature - mean(values)) / deviation(values)) ** 2;
  assert.ok(Math.abs(got / expected - 1) <= 1e-11, `${got} ${expected}`);
  await checkGradients(penalty, tensor(fakes, [3, 40]), { order: 2 });
});

test('candidates are the columns of the penalty', async () => {
  const candidates = Int32Array.of(1, 5, 30);
  const dense = new Float64Array(40);
  candidates.forEach((item, i) => {
    dense[item] = fakes[i];
  });
  for (const feature of ['mud', 'likelihood'] as const) {
    const whole = await stealthPenalty(feature, 1, train)(tensor(dense, [1, 40])).item();
    const held = stealthPenalty(feature, 1, train, candidates);
    const got = await held(tensor(fakes.slice(0, 3), [1, 3])).item();
    assert.ok(Math.abs(got / whole - 1) <= 1e-12);
  }
});

test("the range is that of the detectors' features of genuine users, 5 to 95 %", () => {
  const range = new GenuineRange(train);
  const named = { length: profileLength, mud, qud, rud, inverse: meanInversePopularity };
  for (const [name, feature] of Object.entries(named)) {
    const values = own(feature.values(train));
    const { low, high } = range.bounds[name];
    const inside = values.filter((x) => x >= low && x <= high).length / values.length;
    assert.ok(inside >= 0.9 && low <= high, `${name}: ${inside}`);
    assert.ok(values.filter((x) => x < low).length <= 0.05 * values.length, name);
  }
  // A genuine profile has no violation just where all of its features lie inside.
  for (let user = 0; user < train.rows; user++) {
    if (rowOf(train, user).length === 0) continue;
    const row = new Float64Array(40);
    for (const item of rowOf(train, user)) row[item] = 1;
    const isInside = Object.entries(named).every(([name, feature]) => {
      const value = feature.values(train)[user];
      return value >= range.bounds[name].low && value <= range.bounds[name].high;
    });
    assert.is(range.violation(row) === 0, isInside, `${user}`);
  }
});

test('profiles are brought into the range within the budget, and keep what is pinned', () => {
  const range = new GenuineRange(train);
  let inside = 0;
  const cases = 200;
  for (let seed = 0; seed < cases; seed++) {
    const draw = random(seed);
    const row = Float64Array.from({ length: 40 }, () => draw.normal());
    const [pinned] = draw.sample(40, 1);
    row[pinned] = Number.POSITIVE_INFINITY;
    const most = 6 + draw.integer(6);
    const before = row.slice();
    project(before, 40, { kind: 'top', clicks: most });
    project(row, 40, { kind: 'top', clicks: most, range });
    assert.ok([...row].every((x) => x === 0 || x === 1));
    assert.is(row[pinned], 1);
    assert.ok(row.filter((x) => x === 1).length <= most);
    assert.ok(range.violation(row) <= range.violation(before));
    if (range.violation(row) === 0) inside++;
  }
  // Swaps may end beside the range, but hardly ever.
  assert.ok(inside >= 0.95 * cases, `${inside}`);
});

test('a budget below the genuine lengths ends beside the range, with the popularity of its items in it', () => {
  const range = new GenuineRange(train);
  const most = Math.ceil(range.bounds.length.low) - 1;
  assert.ok(most >= 1);
  for (let seed = 0; seed < 20; seed++) {
    const draw = random(seed);
    const row = Float64Array.from({ length: 40 }, () => draw.normal());
    const values = row.slice();
    project(row, 40, { kind: 'top', clicks: most });
    const outside = range.violation(row);
    assert.is(range.bring(values, row, most), false);
    assert.is(row.filter((x) => x === 1).length, most);
    assert.ok(range.violation(row) <= outside);
  }
});

test('a profile in the range is left as it is', () => {
  const range = new GenuineRange(train);
  for (let user = 0; user < train.rows; user++) {
    const row = new Float64Array(40);
    for (const item of rowOf(train, user)) row[item] = 1;
    if (rowOf(train, user).length === 0 || range.violation(row) > 0) continue;
    const moved = row.slice();
    assert.ok(range.bring(row.slice(), moved, 40));
    assert.equal(moved, row);
  }
});

test('a penalised attack comes nearer to the genuine mean, one in the range lies there', async () => {
  const device = await openDevice('simd', { threads: 1 });
  const goal: Goal = { kind: 'promote', targets: [39] };
  const budget = budgetFor(train, 5, 8, goal, random(1));
  const settings = { ...wrmfSgdKind.synthetic, factors: 4, epochs: 15, learningRate: 0.1 };
  const surrogate = wrmfSgdKind.differentiable(train, 5, settings, 1);
  const craft = async (changes: object) => {
    // The last fake users, not the best: these would be the first where the penalty costs much.
    const measure = async () => ({ quality: ++iteration, figures: {} });
    let iteration = 0;
    return craftFakes(
      hypergradientAttack,
      { train, goal, budget, seed: 1, learning: { surrogate, method: exact(), device, measure } },
      { ...hypergradientAttack.defaults, iterations: 10, ...changes },
    );
  };
  const counts = columnCounts(train);
  const values = own(mud.values(train));
  const distance = (made: Awaited<ReturnType<typeof craft>>) => {
    let sum = 0;
    for (let fake = 0; fake < 5; fake++) {
      const popularity = [...rowOf(made, fake)].map((item) => counts[item]);
      if (popularity.length > 0)
        sum += Math.abs(mean(popularity) - mean(values)) / deviation(values);
    }
    return sum / 5;
  };
  const outerMomentum = 0.5;
  const plain = distance(await craft({ outerMomentum }));
  const penalised = distance(await craft({ outerMomentum, stealth: 'mud', stealthWeight: 0.3 }));
  assert.ok(penalised < plain, `${penalised} ${plain}`);
  const range = new GenuineRange(train);
  const made = await craft({ withinRange: true });
  for (let fake = 0; fake < 5; fake++) {
    const row = new Float64Array(40);
    for (const item of rowOf(made, fake)) row[item] = 1;
    assert.is(range.violation(row), 0);
  }
  await device.dispose();
});

test.run();
