/** @file Learned attacks on tiny problems: their gradients and rules of update, written out. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AttackKind,
  type AttackSettings,
  type AttackState,
  adversarialObjective,
  attackKinds,
  budgetFor,
  clickPrior,
  craftFakes,
  denseClicks,
  foldedIn,
  type Goal,
  langevin,
  learnFakes,
  pga,
  poisonModel,
  relaxedDescent,
  Selection,
  startAttack,
} from '../../src/attack/index.ts';
import {
  evaluate,
  exact,
  hypergradient,
  openDevice,
  partial,
  readAll,
  rowIndex,
  sgd,
  type Training,
  type Tree,
  tensor,
  train as trained,
} from '../../src/autodiff/index.ts';
import { random } from '../../src/data/random.ts';
import { fromPairs, rowOf, toDense } from '../../src/data/sparse.ts';
import { synthetic } from '../../src/data/synthetic.ts';
import {
  alternations,
  initialFactors,
  linearConfidence,
  type Poison,
  type WrmfSgdState,
  wrmfAls,
  wrmfAlsKind,
  wrmfSgd,
  wrmfSgdKind,
} from '../../src/models/index.ts';

const device = await openDevice('reference');

/** Clicks of 7 users on 6 items. */
const train = fromPairs(
  [
    ...[
      [0, 0],
      [0, 1],
      [1, 1],
      [1, 2],
      [2, 0],
      [2, 3],
      [3, 3],
      [3, 4],
    ],
    ...[
      [4, 4],
      [4, 5],
      [5, 0],
      [5, 5],
      [6, 1],
      [6, 3],
    ],
  ].map(([user, item]) => [user, item] as const),
  7,
  6,
);
const goal: Goal = { kind: 'promote', targets: [2] };
const [users, items, fakes, K] = [7, 6, 2, 2];

/** Solves A x = b, row-major, by elimination with pivots. */
function solve(a: number[][], b: number[]): number[] {
  const n = b.length;
  const m = a.map((row, i) => [...row, b[i]]);
  for (let i = 0; i < n; i++) {
    const pivot = m
      .slice(i)
      .reduce((best, row, k) => (Math.abs(row[i]) > Math.abs(m[best][i]) ? i + k : best), i);
    [m[i], m[pivot]] = [m[pivot], m[i]];
    for (let k = i + 1; k < n; k++) {
      const factor = m[k][i] / m[i][i];
      for (let j = i; j <= n; j++) m[k][j] -= factor * m[i][j];
    }
  }
  const x = new Array(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    const rest = x.reduce((sum, value, j) => (j > i ? sum + m[i][j] * value : sum), 0);
    x[i] = (m[i][n] - rest) / m[i][i];
  }
  return x;
}

test('the gradient of pga is that of Li et al.: through the last solve of the items', async () => {
  const ridge = 0.3;
  const initial = initialFactors({ users, fakes, items, factors: K }, 0.5, 1);
  // Weight 1 on every pair: the least squares of Li et al.
  const als = wrmfAls(train, {
    loss: 'dense',
    ridge,
    confidence: linearConfidence(1),
    schedule: alternations(2),
    initial,
  });
  const x = Float64Array.from({ length: fakes * items }, (_, cell) => (cell % 3 === 0 ? 1 : 0));
  const inputs = { fakes: tensor(x, [fakes, items]) };
  const { gradient } = await hypergradient(
    { ...als, ...adversarialObjective(als, goal, train), inputs },
    { method: partial(), device },
  );
  const [got] = await readAll(gradient, { device });
  const state = await trained(als, inputs, device);
  const [p, fake] = await readAll([state.users, state.fakes], { device });
  const all = [...p, ...fake];
  const u = (row: number) => all.slice(row * K, (row + 1) * K);
  const rows = users + fakes;
  const clicks = [...toDense(train), ...x];
  const a = Array.from({ length: K }, (_, i) =>
    Array.from({ length: K }, (_, j) => {
      let sum = i === j ? ridge : 0;
      for (let row = 0; row < rows; row++) sum += u(row)[i] * u(row)[j];
      return sum;
    }),
  );
  const dot = (b: number[], c: number[]) => b.reduce((sum, value, k) => sum + value * c[k], 0);
  const v = Array.from({ length: items }, (_, item) => {
    const right = Array.from({ length: K }, (_, k) => {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += clicks[row * items + item] * u(row)[k];
      return sum;
    });
    return solve(a, right);
  });
  // dL/dv_j = sum over users of (softmax_j - 1 at the target) u; dv_j/dM_ij = A^-1 u~_i.
  for (let i = 0; i < fakes; i++) {
    const pull = solve(a, u(users + i));
    for (let j = 0; j < items; j++) {
      const dv = new Array(K).fill(0);
      for (let user = 0; user < users; user++) {
        const scores = v.map((factor) => Math.exp(dot(u(user), factor)));
        const share = scores[j] / scores.reduce((sum, score) => sum + score, 0);
        for (let k = 0; k < K; k++) dv[k] += (share - (j === 2 ? 1 : 0)) * u(user)[k];
      }
      const expected = dot(dv, pull);
      // Some hundred roundings of numbers below 10, in a system of condition below 100.
      assert.ok(
        Math.abs(got[i * items + j] - expected) <= 1e-11,
        `${i}, ${j}: ${got[i * items + j]}, ${expected}`,
      );
    }
  }
});

/** Relaxed fake users, one update, and the projection that clicks the two largest. */
const descent = {
  learningRate: 0.5,
  momentum: 0,
  projection: { kind: 'top', clicks: 2 } as const,
  normalizeRows: false,
  clickTargets: false,
};
const moving = (relaxed: number[], rows: number) => ({
  fakes: {
    rows,
    columns: relaxed.length / rows,
    bits: new Uint8Array(Math.ceil(relaxed.length / 8)),
  },
  velocity: Float32Array.from(relaxed),
});

test('pga holds its relaxed fake users between 0 and 1, and clicks the largest', () => {
  const state = moving([0.25, 1, 0, 0.5, 0.75, 0.5, 0, 0], 2);
  const gradient = [-1, 0.5, 1, -0.25, 2, 0, -0.5, -0.75];
  const moved = relaxedDescent(
    state,
    { iteration: 0, gradients: [gradient], targets: [] },
    descent,
  );
  assert.equal([...state.velocity], [0.75, 0.75, 0, 0.625, 0, 0.5, 0.25, 0.375]);
  // Cells 0, 1 of the first and 1, 3 of the second fake user.
  assert.equal([...state.fakes.bits], [0b10100011]);
  assert.is(moved, true);
});

test('without a goal, sgld samples genuine clicks: their mean and, but for its step, variance', () => {
  const clicks = fromPairs(
    [
      [0, 0],
      [1, 0],
      [2, 0],
      [0, 1],
    ].map(([user, item]) => [user, item] as const),
    4,
    3,
  );
  const prior = clickPrior(clicks);
  assert.equal([...prior.mean], [4 / 6, 2 / 6, 1 / 6]);
  const [rows, burn, steps, s] = [2000, 60, 1, 0.5];
  const state = moving(new Array(rows * 3).fill(0), rows);
  const update = langevin(prior, 0, 1);
  const zero = new Float64Array(rows * 3);
  for (let iteration = 0; iteration < burn + steps; iteration++) {
    update(state, { iteration, gradients: [zero], targets: [] }, { ...descent, learningRate: s });
  }
  for (let item = 0; item < 3; item++) {
    const values = Array.from({ length: rows }, (_, row) => state.velocity[row * 3 + item]);
    const mean = values.reduce((sum, value) => sum + value, 0) / rows;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows;
    // x <- (1 - s/2) x + (s/2) m + noise of variance s v has the variance v / (1 - s/4); what is
    // left of the start after 60 steps is 0.75^60 < 4e-8.
    const expected = prior.variance[item] / (1 - s / 4);
    // Five standard errors of a mean and of a variance of normal numbers.
    assert.ok(Math.abs(mean - prior.mean[item]) <= 5 * Math.sqrt(expected / rows), `${item}`);
    assert.ok(Math.abs(variance / expected - 1) <= 5 * Math.sqrt(2 / rows), `${item}: ${variance}`);
  }
});

test('the goal pulls sgld by half of step, variance and inverse temperature times the gradient', () => {
  const prior = { mean: Float64Array.of(0.5, 0.25), variance: Float64Array.of(0.25, 0.1875) };
  const at = (inverseTemperature: number) => {
    const state = moving([0, 0], 1);
    const pull = { iteration: 3, gradients: [[1, -2]], targets: [] };
    langevin(prior, inverseTemperature, 1)(state, pull, { ...descent, learningRate: 0.5 });
    return state.velocity;
  };
  const [none, some] = [at(0), at(2)];
  // The noise of an iteration is the same: the difference is -s/2 v beta g, in float32 near 1.
  assert.ok(Math.abs(some[0] - none[0] + 0.25 * 0.25 * 2) <= 2 ** -22);
  assert.ok(Math.abs(some[1] - none[1] - 0.25 * 0.1875 * 2 * 2) <= 2 ** -22);
});

const learned = attackKinds.filter(({ family }) => family === 'learned');

for (const kind of learned) {
  test(`${kind.name} keeps its budget, gives the best of its iterations, and goes on where it stopped`, async () => {
    const simd = await openDevice('simd', { threads: 1 });
    const { data } = synthetic({ users: 60, items: 30, fakes: 6, seed: 1 });
    const promote: Goal = { kind: 'promote', targets: [0] };
    const settings: AttackSettings = { ...kind.defaults, iterations: 4 };
    const isAls = settings.surrogate === 'wrmf-als';
    const model = isAls ? wrmfAlsKind : wrmfSgdKind;
    const of = { ...model.synthetic, factors: 4, epochs: isAls ? 3 : 15 };
    const surrogate = model.differentiable(data.train, 6, of as never, 1);
    const budget = budgetFor(data.train, 6, 'genuine', promote, random(1));
    const states: AttackState[] = [];
    const losses: number[] = [];
    const learning = { surrogate, method: isAls ? partial() : exact(), device: simd };
    const context = { train: data.train, goal: promote, budget, seed: 1 };
    const whole = await craftFakes(
      kind as AttackKind,
      {
        ...context,
        learning: {
          ...learning,
          onIteration: (state, { loss }) => {
            states.push(structuredClone(state));
            losses.push(loss);
          },
        },
      },
      settings,
    );
    assert.is(whole.rows, 6);
    // One that makes fake users one by one is done with the last.
    const isGreedy = !('iterations' in kind.defaults);
    const best = isGreedy ? 5 : losses.indexOf(Math.min(...losses));
    const last = states[states.length - 1].best;
    assert.is(last.iteration, best);
    assert.equal(denseClicks(last.fakes), Float32Array.from(toDense(whole)));
    // Partial derivatives may lead up at first; the whole one must lead down.
    if (!isAls) assert.ok(losses[best] < losses[0] - 1, `${losses}`);
    if (settings.clickTargets || isGreedy) {
      for (let fake = 0; fake < 6; fake++) assert.ok(rowOf(whole, fake).includes(0));
    }
    const stopped = states[2];
    const again = await craftFakes(
      kind as AttackKind,
      { ...context, learning: { ...learning, stopped } },
      settings,
    );
    assert.equal(again, whole);
    await simd.dispose();
  });
}

/** Those that make fake users one by one refuse to demote. */
const atOnce = learned.filter(({ defaults }) => 'iterations' in defaults);

for (const kind of atOnce) {
  test(`${kind.name} fixes no click on what it demotes, also where they are more than the budget`, async () => {
    const simd = await openDevice('simd', { threads: 1 });
    const { data } = synthetic({ users: 60, items: 30, fakes: 6, seed: 1 });
    const demote: Goal = { kind: 'demote', targets: [0, 1, 2] };
    const isAls = kind.defaults.surrogate === 'wrmf-als';
    const model = isAls ? wrmfAlsKind : wrmfSgdKind;
    const of = { ...model.synthetic, factors: 4, epochs: isAls ? 3 : 15 };
    const surrogate = model.differentiable(data.train, 6, of as never, 1);
    const budget = budgetFor(data.train, 6, 2, demote, random(1));
    const learning = { surrogate, method: isAls ? partial() : exact(), device: simd };
    const context = { train: data.train, goal: demote, budget, seed: 1, learning };
    const made = await craftFakes(kind as AttackKind, context, { ...kind.defaults, iterations: 2 });
    const clicks = [0, 1, 2].map(
      (item) => made.indices.filter((clicked) => clicked === item).length,
    );
    assert.ok(
      clicks.every((count) => count < 6),
      `${clicks}`,
    );
    await simd.dispose();
  });
}

test('fixed clicks on what is to be demoted are refused', async () => {
  const surrogate = wrmfSgdKind.differentiable(train, fakes, wrmfSgdKind.synthetic, 1);
  const state = startAttack(fromPairs([[0, 1]], fakes, items));
  const error = await learnFakes(state, {
    surrogates: [surrogate],
    train,
    goal: { kind: 'demote', targets: [2] },
    method: exact(),
    device,
    iterations: 1,
    learningRate: 1,
    momentum: 0,
    projection: { kind: 'threshold', rho: 0.5 },
    normalizeRows: false,
    clickTargets: true,
  } as never).catch((thrown: Error) => thrown);
  assert.match((error as Error).message, /clickTargets: clicks raise the targets/);
});

test('dp chooses by score times chance, which falls with each choice until all have fallen', () => {
  const selection = new Selection(4, new Set([2]), 0.5);
  // Above the least of the others, 1: scores 0, 3, 2 of columns 0, 1, 3.
  const scores = [1, 4, -9, 3];
  assert.equal([...selection.best(scores, 2)], [1, 3]);
  selection.chosen([1]);
  // 0, 1.5, 2.
  assert.equal([...selection.best(scores, 2)], [3, 1]);
  selection.chosen([0]);
  assert.equal([...selection.best(scores, 3)], [3, 1, 0]);
  selection.chosen([3]);
  // All were chosen: all chances are 1 again.
  assert.equal([...selection.best(scores, 5)], [1, 3, 0]);
});

test('a user is folded in by the weighted least squares over all items', async () => {
  const draw = random(5);
  const q = Float64Array.from({ length: items * K }, () => draw.normal());
  const targets = [1, 4];
  const scores = foldedIn(tensor(q, [items, K]), rowIndex(Int32Array.from(targets), items));
  const [got] = await readAll(await evaluate(scores, { device }), { device });
  const row = (item: number) => [...q.subarray(item * K, (item + 1) * K)];
  const ridge = (1e-6 / K) * q.reduce((sum, x) => sum + x * x, 0);
  const weight = (item: number) => (targets.includes(item) ? 20 : 1);
  const a = Array.from({ length: K }, (_, i) =>
    Array.from({ length: K }, (_, j) => {
      let sum = i === j ? ridge : 0;
      for (let item = 0; item < items; item++) sum += weight(item) * row(item)[i] * row(item)[j];
      return sum;
    }),
  );
  const b = Array.from({ length: K }, (_, i) =>
    targets.reduce((sum, t) => sum + 20 * row(t)[i], 0),
  );
  const f = solve(a, b);
  for (let item = 0; item < items; item++) {
    const expected = row(item).reduce((sum, x, k) => sum + x * f[k], 0);
    // Two solves of a 2 x 2 system of condition below 100, in float64.
    assert.ok(Math.abs(got[item] - expected) <= 1e-11, `${item}: ${got[item]}, ${expected}`);
  }
});

test('a poison model takes the steps of training, and after pretraining one along the goal', async () => {
  const initial = initialFactors({ users, fakes, items, factors: K }, 0.5, 1);
  const model = wrmfSgd(train, {
    loss: 'dense',
    weight: 5,
    optimizer: sgd({ learningRate: 0.02 }),
    steps: 2,
    initial,
  });
  const inputs = { fakes: tensor(new Float64Array(fakes * items), [fakes, items]) };
  const names = ['users', 'items', 'fakes'];
  const stateOf = async (training: Training<Tree, Poison, Tree>) => {
    const { parameters } = (await trained(training, inputs, device)) as WrmfSgdState;
    const tables = names.map((name) => parameters[name]);
    return (await readAll(tables, { device })).map((x) => [...x]);
  };
  const options = { goal, train, rate: 0.3, pretraining: 1 };
  const plain = await stateOf(model as never);
  assert.equal(await stateOf(poisonModel(model, options) as never), plain);
  // After the second of two steps: the gradient of the mean loss in the factors, by differences.
  const after = await stateOf(poisonModel(model, { ...options, pretraining: 0.5 }) as never);
  const lossAt = ([u, v]: number[][]) => {
    let loss = 0;
    for (let user = 0; user < users; user++) {
      const scores = Array.from({ length: items }, (_, item) => {
        let score = 0;
        for (let k = 0; k < K; k++) score += u[user * K + k] * v[item * K + k];
        return score;
      });
      loss += Math.log(scores.reduce((sum, x) => sum + Math.exp(x), 0)) - scores[2];
    }
    return loss / users;
  };
  plain.forEach((table, t) => {
    table.forEach((x, cell) => {
      const shifted = (by: number) =>
        lossAt(
          plain.map((values, s) => values.map((y, c) => (s === t && c === cell ? y + by : y))),
        );
      const slope = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
      // Central differences: h^2 / 6 of a third derivative below 10, and a rounding over h.
      assert.ok(Math.abs(after[t][cell] - (x - 0.3 * slope)) <= 1e-9, `${t}, ${cell}`);
    });
  });
});

test('an attack through sparse alternations learns, though the batches of steps come and go', async () => {
  const simd = await openDevice('simd', { threads: 1 });
  const initial = initialFactors({ users, fakes, items, factors: K }, 0.5, 1);
  const als = wrmfAls(train, {
    loss: 'implicit-zeros',
    ridge: 0.1,
    confidence: linearConfidence(4),
    schedule: alternations(3),
    initial,
  });
  const budget = budgetFor(train, fakes, 3, goal, random(1));
  const learning = { surrogate: als, method: partial(), device: simd };
  const made = await craftFakes(pga, { train, goal, budget, seed: 1, learning });
  assert.is(made.rows, fakes);
  await simd.dispose();
});

test.run();
