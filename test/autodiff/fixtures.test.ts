/** @file Hypergradients from elsewhere: another framework's, and a plain loop's by differences. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openDevice } from '../../src/autodiff/index.ts';
import { readFixture, verifyFixture } from '../../src/eval/fixture.ts';

const device = await openDevice('reference');
const committed = 'test/fixtures/wrmf-sgd-tiny.json';
const shared = '../shared/fixtures';

type Matrix = readonly (readonly number[])[];

interface Problem {
  readonly n_users: number;
  readonly X: Matrix;
  readonly Xhat: Matrix;
  readonly weight_pos: number;
  readonly targets: readonly number[];
  readonly P_init: Matrix;
  readonly Q_init: Matrix;
  readonly L: number;
  readonly optimizer: { readonly lr: number };
  readonly loss_adv: number;
  readonly dL_dXhat: Matrix;
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((total, value, k) => total + value * b[k], 0);

/** One step on sum of w (x - p q)^2: d/dp = -2 sum of w (x - p q) q, and likewise for q. */
function step(x: Matrix, w: Matrix, p: Matrix, q: Matrix, rate: number) {
  const r = x.map((row, u) => row.map((value, i) => 2 * w[u][i] * (value - dot(p[u], q[i]))));
  return {
    p: p.map((row, u) =>
      row.map((value, k) => value + rate * q.reduce((s, item, i) => s + r[u][i] * item[k], 0)),
    ),
    q: q.map((row, i) =>
      row.map((value, k) => value + rate * p.reduce((s, user, u) => s + r[u][i] * user[k], 0)),
    ),
  };
}

/** The adversarial loss after training on these fake users; the weights are those of `problem`. */
function lossAfterTraining(problem: Problem, fakes: Matrix): number {
  const weights = [...problem.X, ...problem.Xhat].map((row) =>
    row.map((value) => (value > 0 ? problem.weight_pos : 1)),
  );
  const x = [...problem.X, ...fakes];
  let state = { p: problem.P_init, q: problem.Q_init };
  for (let t = 0; t < problem.L; t++) {
    state = step(x, weights, state.p, state.q, problem.optimizer.lr);
  }
  let loss = 0;
  for (const user of state.p.slice(0, problem.n_users)) {
    const scores = state.q.map((item) => dot(user, item));
    const peak = Math.max(...scores);
    const total = scores.reduce((sum, score) => sum + Math.exp(score - peak), 0);
    for (const target of problem.targets) {
      loss -= (scores[target] - peak - Math.log(total)) / problem.targets.length;
    }
  }
  return loss;
}

/** A central difference with its errors in h^2, h^4 and h^6 removed by Richardson's extrapolation. */
function derivative(fn: (x: number) => number, at: number): number {
  const row = [0.04, 0.02, 0.01, 0.005].map((h) => (fn(at + h) - fn(at - h)) / (2 * h));
  for (let power = 4; row.length > 1; power *= 4) {
    for (let i = 0; i + 1 < row.length; i++) row[i] = (power * row[i + 1] - row[i]) / (power - 1);
    row.pop();
  }
  return row[0];
}

const answerOf = (problem: Problem): Matrix =>
  problem.Xhat.map((row, u) =>
    row.map((value, i) => {
      const moved = (x: number) =>
        problem.Xhat.map((r, v) => r.map((old, j) => (v === u && j === i ? x : old)));
      return derivative((x) => lossAfterTraining(problem, moved(x)), value);
    }),
  );

test('the committed fixture is what a plain loop and differences give', () => {
  const problem: Problem = JSON.parse(readFileSync(committed, 'utf8'));
  const answer = answerOf(problem).flat();
  const expected = problem.dL_dXhat.flat();
  const scale = Math.max(...expected.map(Math.abs));
  // A loss near 7 rounds to 1e-15 and a difference divides that by 0.01: 1e-13, and the
  // extrapolation adds up such errors. The fixtures' own tolerance of 1e-9 leaves room for it.
  expected.forEach((value, i) => {
    assert.ok(Math.abs(value - answer[i]) <= 1e-10 * scale, `${value}, ${answer[i]}`);
  });
  const loss = lossAfterTraining(problem, problem.Xhat);
  assert.ok(Math.abs(loss - problem.loss_adv) <= 1e-13 * loss);
});

test('the committed fixture agrees on the reference device', async () => {
  const result = await verifyFixture(await readFixture(committed), device);
  assert.is(result.verdict, 'agrees', JSON.stringify(result));
});

test('a fixture whose answer is off by 1e-6 of its largest entry is not accepted', async () => {
  const fixture = await readFixture(committed);
  const scale = Math.max(...fixture.gradient.flat().map(Math.abs));
  const gradient = fixture.gradient.map((row, u) =>
    row.map((value, i) => (u === 1 && i === 2 ? value + 1e-6 * scale : value)),
  );
  const result = await verifyFixture({ ...fixture, gradient }, device);
  assert.is(result.verdict, 'differs');
});

const names = existsSync(shared)
  ? readdirSync(shared).filter((name) => /^(wrmf|itemae|als).*\.json$/.test(name))
  : [];
if (names.length === 0) console.log('skipped: there are no fixtures of another framework here');
for (const name of names) {
  test(`the hypergradient of another framework agrees (${name})`, async () => {
    const result = await verifyFixture(await readFixture(join(shared, name)), device);
    assert.is(result.verdict, 'agrees', JSON.stringify(result));
  });
}

test.run();
