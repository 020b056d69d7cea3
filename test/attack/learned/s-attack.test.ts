/** @file S-attack: its derivatives against retraining, its step and its loss written out, its budget. */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AttackRecord,
  allowedOf,
  budgetFor,
  craftFakes,
  type Goal,
  implicitAt,
  influences,
  type ListPairs,
  proximalStep,
  type RestingSurrogate,
  rankingLoss,
  sAttack,
  usedOf,
} from '../../../src/attack/index.ts';
import {
  evaluate,
  grad,
  leaves,
  mapTree,
  mul,
  noData,
  openDevice,
  partial,
  rowIndex,
  sub,
  type Tensor,
  type Tree,
  tensor,
  train,
} from '../../../src/autodiff/index.ts';
import { random } from '../../../src/data/random.ts';
import { fromPairs, rowOf } from '../../../src/data/sparse.ts';
import {
  type Factors,
  type Poison,
  type Surrogate,
  wrmfAlsKind,
  wrmfSgdKind,
} from '../../../src/models/index.ts';
import { data, fakeRows, fakes, items, users } from '../../models/recommenders.ts';

const device = await openDevice('reference');
const run = { iterations: 400, tolerance: 1e-13, device };
const targets = [4];
const b = 0.3;

/** Every real user with two items of a list. */
const pairs: ListPairs = {
  users: rowIndex(
    Int32Array.from({ length: 2 * users }, (_, i) => Math.floor(i / 2)),
    users,
  ),
  items: rowIndex(
    Int32Array.from({ length: 2 * users }, (_, i) => [0, 2, 5, 1, 3][i % 5]),
    items,
  ),
  targets: rowIndex(Int32Array.from(targets), items),
};

const resting = (surrogate: Surrogate): RestingSurrogate => {
  const { trainingLoss } = surrogate;
  if (!trainingLoss) throw new Error(`${surrogate.name} has no training loss`);
  return { ...surrogate, trainingLoss };
};

const als = (confidence: 'step' | 'linear', candidates?: Int32Array) =>
  resting(
    wrmfAlsKind.differentiable(
      data,
      fakes,
      {
        ...wrmfAlsKind.synthetic,
        ...{ epochs: 150, regularization: 2, weight: 5, factors: 3, deviation: 0.5, confidence },
      } as never,
      1,
      candidates,
    ),
  );

const numbersOf = async (rows: Tensor) => Float64Array.from(await rows.data());

/** The ranking loss of a surrogate trained beside these fake users. */
async function retrained(surrogate: RestingSurrogate, inputs: Poison): Promise<number> {
  const state = await train(surrogate, inputs, device);
  const { users: p, items: q } = surrogate.factors(state, inputs);
  return (await evaluate(rankingLoss({ users: p, items: q }, pairs, b), { device })).item();
}

for (const confidence of ['linear', 'step'] as const) {
  test(`with ${confidence} confidence the implicit gradient is that of retraining`, async () => {
    const surrogate = als(confidence);
    const state = await train(surrogate, { fakes: fakeRows }, device);
    const objective = (factors: Factors) => rankingLoss(factors, pairs, b);
    const found = await implicitAt(
      surrogate,
      state,
      { inputs: { fakes: fakeRows }, objective },
      run,
    );
    const gradient = found.gradient.get('fakes') ?? [];
    assert.is(gradient.length, fakes * items);
    assert.ok(found.record.residual < 1e-10, `${found.record.residual}`);
    assert.ok(found.record.stationarity < 1e-9, `${found.record.stationarity}`);
    const cells = await numbersOf(fakeRows);
    const slope = async (cell: number, h: number) => {
      const at = (by: number) => {
        const moved = cells.map((x, i) => (i === cell ? x + by : x));
        return retrained(surrogate, { fakes: tensor(moved, [fakes, items]) });
      };
      return ((await at(h)) - (await at(-h))) / (2 * h);
    };
    for (const cell of [0, 4, 7, 11]) {
      const [near, far] = [await slope(cell, 5e-4), await slope(cell, 1e-3)];
      // Central differences err by c h^2, so by a third of how far these two are apart; the rest is
      // rounding of the two values over 2 h, and what the training leaves.
      const error = Math.abs(far - near) / 3;
      assert.ok(Math.abs(gradient[cell] - near) <= 2 * error + 1e-8, `${cell}: ${near}, ${error}`);
      assert.ok(Math.abs(near) > 1e-5, 'a derivative to tell from 0');
    }
  });
}

test('the influence of a user is the derivative in the weight of its loss, by retraining', async () => {
  const surrogate = als('linear', Int32Array.of(0, 2, 4, 5));
  const poison: Poison = { fakes: tensor(Float64Array.of(0, 0.4, 1, 0, 0.7, 0, 1, 0.2), [2, 4]) };
  const state = await train(surrogate, poison, device);
  const { influence, record } = await influences(surrogate, state, poison, targets, run);
  assert.ok(record.stationarity < 1e-9, `${record.stationarity}`);
  const { loss, parameters } = surrogate.trainingLoss;
  // Gradient descent on the weighted loss, which the alternations do not know.
  const descent = {
    init: () => parameters(state),
    step: (of: Tree, inputs: Poison) =>
      mapTree((x: Tensor, g: Tensor) => sub(x, mul(0.01, g)), of, grad(loss)(of, inputs)),
    steps: 3000,
    batch: () => noData as Tree,
  };
  const scoreAt = async (user: number, by: number) => {
    const weights = Float64Array.from({ length: users }, (_, i) => (i === user ? 1 + by : 1));
    const inputs = { ...poison, weights: tensor(weights, [users, 1]) };
    const { users: p, items: q } = (await train(descent, inputs, device)) as Record<string, Tensor>;
    const [left, right] = [await p.data(), await q.data()];
    let sum = 0;
    for (let u = 0; u < users; u++) {
      for (let k = 0; k < 3; k++) sum += left[u * 3 + k] * right[targets[0] * 3 + k];
    }
    return sum;
  };
  for (const user of [0, 3]) {
    const slope = async (h: number) =>
      ((await scoreAt(user, h)) - (await scoreAt(user, -h))) / (2 * h);
    const [near, far] = [await slope(1e-3), await slope(2e-3)];
    const error = Math.abs(far - near) / 3;
    assert.ok(Math.abs(influence[user] - near) <= 2 * error + 1e-7, `${influence[user]}, ${near}`);
    assert.ok(Math.abs(near) > 1e-4, 'an influence to tell from 0');
  }
});

test('wrmf-sgd comes to rest where the gradient of its loss is 0, the decay among it', async () => {
  const settings = {
    ...wrmfSgdKind.synthetic,
    ...{ epochs: 4000, learningRate: 0.002, weightDecay: 3, weight: 5, factors: 2, deviation: 0.5 },
  };
  const surrogate = resting(wrmfSgdKind.differentiable(data, fakes, settings as never, 1));
  const inputs = { fakes: fakeRows };
  const state = await train(surrogate, inputs, device);
  const objective = (factors: Factors) => rankingLoss(factors, pairs, b);
  const { record } = await implicitAt(surrogate, state, { inputs, objective }, run);
  // Adam's steps do not end, but without the decay the gradient would be thrice the parameters.
  assert.ok(record.stationarity < 1e-4, `${record.stationarity}`);
  const tables = leaves(surrogate.trainingLoss.parameters(state));
  assert.ok((await numbersOf(tables[0])).some((x) => Math.abs(x) > 0.1));
});

test('short of rest the record warns', async () => {
  const settings = { ...wrmfAlsKind.synthetic, epochs: 3, regularization: 2, factors: 2 };
  const surrogate = resting(wrmfAlsKind.differentiable(data, fakes, settings as never, 1));
  const inputs = { fakes: fakeRows };
  const state = await train(surrogate, inputs, device);
  const objective = (factors: Factors) => rankingLoss(factors, pairs, b);
  const { record } = await implicitAt(surrogate, state, { inputs, objective }, run);
  assert.ok(record.stationarity > 1e-3);
  assert.match(record.warnings[0], /^The gradient of the loss has the norm/);
});

test('the ranking loss is the published sum, and falls as a score of the target rises', async () => {
  const p = [
    [1, 0.5],
    [-0.3, 0.8],
  ];
  const q = [
    [0.2, 0.1],
    [0.4, -0.6],
    [0.3, 0.9],
  ];
  const score = (u: number, i: number) => p[u][0] * q[i][0] + p[u][1] * q[i][1];
  const lists = [
    [0, 1],
    [1, 0],
  ];
  const of: ListPairs = {
    users: rowIndex(Int32Array.of(0, 1), 2),
    items: rowIndex(Int32Array.of(1, 0), 3),
    targets: rowIndex(Int32Array.of(0, 2), 3),
  };
  const lossOf = async (items: number[][]) =>
    (
      await evaluate(rankingLoss({ users: tensor(p), items: tensor(items) }, of, b), { device })
    ).item();
  const g = (x: number) => 1 / (1 + Math.exp(-x / b));
  const expected = lists.reduce(
    (sum, [u, i]) => sum + (g(score(u, i) - score(u, 0)) + g(score(u, i) - score(u, 2))) / 2,
    0,
  );
  assert.ok(Math.abs((await lossOf(q)) - expected) < 1e-14);
  assert.ok((await lossOf([q[0], q[1], [0.3, 1.4]])) < (await lossOf(q)));
});

test('a proximal step minimises the step and the penalty over 0 to 1', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: -3, max: 3, noNaN: true }),
      fc.double({ min: 0.01, max: 2, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (w, slope, s, eta) => {
        const cost = (z: number) => slope * (z - w) + (z - w) ** 2 / (2 * s) + eta * Math.abs(z);
        const step = proximalStep(w, slope, s, eta);
        assert.ok(step >= 0 && step <= 1);
        for (let i = 0; i <= 50; i++) assert.ok(cost(step) <= cost(i / 50) + 1e-12);
      },
    ),
  );
});

test('s-attack keeps any budget, clicks the targets, and is the same for the same seed', async () => {
  const cases = fc.record({
    pairs: fc.array(fc.tuple(fc.nat(7), fc.nat(8)), { minLength: 12, maxLength: 40 }),
    targets: fc.uniqueArray(fc.nat(8), { minLength: 1, maxLength: 3 }),
    count: fc.integer({ min: 1, max: 2 }),
    allowance: fc.constantFrom('genuine' as const, 'free' as const, 3, 5),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ pairs: clicks, targets: promoted, count, allowance }) => {
      const matrix = fromPairs(clicks, 8, 9);
      const goal: Goal = { kind: 'promote', targets: promoted };
      const budget = budgetFor(matrix, count, allowance, goal, random(1));
      const settings = { ...wrmfAlsKind.synthetic, epochs: 6, regularization: 1, factors: 2 };
      const surrogate = wrmfAlsKind.differentiable(matrix, count, settings as never, 1);
      const learning = { surrogate, method: partial(), device };
      const context = { train: matrix, goal, budget, seed: 1, learning };
      const few = { ...sAttack.defaults, clickUpdates: 2, listItems: 2, influentialUsers: 3 };
      const made = await craftFakes(sAttack, context, few);
      for (let fake = 0; fake < count; fake++) {
        const row = [...rowOf(made, fake)];
        for (const target of promoted) assert.ok(row.includes(target));
      }
      assert.equal(usedOf(made), allowedOf(budget));
      assert.equal(await craftFakes(sAttack, context, few), made);
    }),
    { numRuns: 6 },
  );
});

test('a ranking loss without a slope is warned of', async () => {
  const promote: Goal = { kind: 'promote', targets };
  const budget = budgetFor(data, fakes, 3, promote, random(1));
  const warnings: string[] = [];
  const learning = {
    ...{ surrogate: als('linear'), method: partial(), device },
    onIteration: (_: unknown, { implicit }: AttackRecord) => {
      warnings.push(...(implicit?.warnings ?? []));
    },
  };
  // A width at which every sigmoid is 0 or 1 to the last digit.
  const settings = { ...sAttack.defaults, rankingWidth: 1e-6 };
  await craftFakes(sAttack, { train: data, goal: promote, budget, seed: 1, learning }, settings);
  assert.is(warnings.filter((words) => /has no slope in any click/.test(words)).length, fakes);
});

test('a goal, a surrogate and a width that it cannot serve are refused', async () => {
  const goal: Goal = { kind: 'demote', targets };
  const budget = budgetFor(data, fakes, 'free', goal, random(1));
  const refused = async (message: RegExp, more: object, settings = sAttack.defaults) => {
    const learning = { surrogate: als('linear'), method: partial(), device };
    const context = { train: data, goal, budget, seed: 1, learning, ...more };
    const error = await craftFakes(sAttack, context, settings).catch((e: Error) => e);
    assert.match((error as Error).message, message);
  };
  const promote: Goal = { kind: 'promote', targets };
  await refused(/s-attack: expected the goal promote, got demote/, {});
  const { trainingLoss: _, ...bare } = als('linear');
  const learning = { surrogate: bare, method: partial(), device };
  await refused(/has no loss that implicit differentiation/, { goal: promote, learning });
  const flat = { ...sAttack.defaults, rankingWidth: 0 };
  await refused(/ranking width: expected a number above 0/, { goal: promote }, flat);
});

test.run();
