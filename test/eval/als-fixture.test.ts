/** @file Fixtures of alternating least squares, made by plain loops and differences, in every form. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openDevice } from '../../src/autodiff/index.ts';
import { UserError } from '../../src/errors.ts';
import { readFixture, verifyFixture } from '../../src/eval/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypertape-'));
test.after(() => rmSync(folder, { recursive: true }));

const device = await openDevice('reference');
const single = await openDevice('simd', { threads: 1 });

type Row = readonly number[];
type Matrix = readonly Row[];
type Half = 'users' | 'items';

const X: Matrix = [
  [0, 1, 1, 1, 0],
  [0, 0, 1, 0, 1],
  [0, 0, 1, 1, 1],
  [0, 1, 0, 1, 0],
];
const Xhat: Matrix = [
  [0.3, 0, 0.2, 0.9, 0.5],
  [1, 0.1, 0.7, 0, 0.4],
];
const weight = 4;
const lambda = 0.1;
const targets = [1, 3];
const start = {
  p: [
    [0.5, -0.2],
    [0.1, 0.4],
    [-0.3, 0.2],
    [0.6, 0.1],
    [-0.1, -0.5],
    [0.2, 0.3],
  ] as Matrix,
  q: [
    [0.4, 0.1],
    [-0.2, 0.5],
    [0.3, -0.4],
    [0.1, 0.2],
    [-0.5, 0.3],
  ] as Matrix,
};

const forms = ['step', 'linear', 'linear constant'] as const;
type Form = (typeof forms)[number];
const orders: { readonly [name: string]: readonly Half[] } = {
  'users first': ['users', 'items', 'users', 'items'],
  'items first and last': ['items', 'users', 'items', 'users', 'items'],
  'items first': ['items', 'users', 'items', 'users'],
};

/** Solves a small system by elimination. */
function solved(a: Matrix, b: Row): Row {
  const rows = a.map((row, i) => [...row, b[i]]);
  rows.forEach((pivot, i) => {
    for (const row of rows.slice(i + 1)) {
      const by = row[i] / pivot[i];
      for (let j = i; j < row.length; j++) row[j] -= by * pivot[j];
    }
  });
  const x = new Array<number>(b.length).fill(0);
  for (let i = b.length - 1; i >= 0; i--) {
    const known = x.reduce((sum, value, j) => sum + (j > i ? rows[i][j] * value : 0), 0);
    x[i] = (rows[i][b.length] - known) / rows[i][i];
  }
  return x;
}

/** The factors of the rows of `x`, weighted by `c`, given those of its columns. */
const fitted = (x: Matrix, c: Matrix, factors: Matrix): Matrix =>
  x.map((row, u) => {
    const sums = (term: (i: number) => number) => row.reduce((sum, _, i) => sum + term(i), 0);
    const a = factors[0].map((_, k) =>
      factors[0].map(
        (_, l) => sums((i) => c[u][i] * factors[i][k] * factors[i][l]) + (k === l ? lambda : 0),
      ),
    );
    return solved(
      a,
      factors[0].map((_, k) => sums((i) => c[u][i] * row[i] * factors[i][k])),
    );
  });

const flipped = (x: Matrix): Matrix => x[0].map((_, i) => x.map((row) => row[i]));

function confidence(form: Form, fakes: Matrix): Matrix {
  // What is constant in the derivative stays that of the fake users as they are.
  const rows = [...X, ...(form === 'linear' ? fakes : Xhat)];
  return rows.map((row) =>
    row.map((x) => (form !== 'step' ? 1 + (weight - 1) * x : x > 0 ? weight : 1)),
  );
}

function trained(form: Form, fakes: Matrix, halves: readonly Half[], from = start) {
  const x = [...X, ...fakes];
  const c = confidence(form, fakes);
  return halves.reduce(
    ({ p, q }, half) =>
      half === 'users' ? { p: fitted(x, c, q), q } : { p, q: fitted(flipped(x), flipped(c), p) },
    from,
  );
}

function lossOf({ p, q }: { p: Matrix; q: Matrix }): number {
  let loss = 0;
  for (const user of p.slice(0, X.length)) {
    const scores = q.map((item) => item.reduce((sum, value, k) => sum + value * user[k], 0));
    const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
    for (const target of targets) loss -= (scores[target] - Math.log(total)) / targets.length;
  }
  return loss;
}

/** A central difference with its errors in h^2, h^4 and h^6 removed by Richardson's extrapolation. */
function derivative(fn: (x: number) => number, at: number): number {
  const row = [0.02, 0.01, 0.005, 0.0025].map((h) => (fn(at + h) - fn(at - h)) / (2 * h));
  for (let power = 4; row.length > 1; power *= 4) {
    for (let i = 0; i + 1 < row.length; i++) row[i] = (power * row[i + 1] - row[i]) / (power - 1);
    row.pop();
  }
  return row[0];
}

interface Options {
  readonly form?: Form;
  readonly order?: keyof typeof orders;
  readonly method?: 'partial' | 'total';
}

function fixture({ form = 'step', order = 'users first', method = 'total' }: Options = {}) {
  const halves = orders[order];
  const lossAt = (fakes: Matrix): number => {
    if (method === 'total') return lossOf(trained(form, fakes, halves));
    const before = trained(form, Xhat, halves.slice(0, -1));
    return lossOf(trained(form, fakes, halves.slice(-1), before));
  };
  const gradient = Xhat.map((row, u) =>
    row.map((value, i) =>
      derivative(
        (x) => lossAt(Xhat.map((r, v) => r.map((old, j) => (v === u && j === i ? x : old)))),
        value,
      ),
    ),
  );
  const { p, q } = trained(form, Xhat, halves);
  const c = form === 'step' ? 'Cstep' : 'Clinear';
  const how = form === 'linear' ? 'differentiated too' : 'held constant in the derivative';
  return {
    name: `als_${method}_${c}`,
    formula: `D=[X;Xhat]; C_ui = c(D_ui), ${how}; q_i=(P^T C_i P+lambda I)^-1 P^T C_i x_i`,
    n_users: 4,
    n_fakes: 2,
    n_items: 5,
    K: 2,
    lambda,
    weight_pos: weight,
    als_sweeps: 2,
    targets,
    X,
    Xhat,
    P_init: start.p,
    Q_init: start.q,
    P_final: p,
    Q_final: q,
    C: confidence(form, Xhat),
    loss_adv: lossOf({ p, q }),
    dL_dXhat: gradient,
  };
}

let files = 0;
const read = (content: object) => {
  const path = join(folder, `${files++}.json`);
  writeFileSync(path, JSON.stringify(content));
  return readFixture(path);
};

for (const form of forms) {
  for (const order of Object.keys(orders)) {
    for (const method of ['partial', 'total'] as const) {
      // There is no last solve for the items where users come after them.
      if (method === 'partial' && order === 'items first') continue;
      test(`a fixture agrees: ${form}, ${order}, ${method}`, async () => {
        const made = await read(fixture({ form, order, method }));
        for (const each of [device, single]) {
          const result = await verifyFixture(made, each);
          assert.is(result.verdict, 'agrees', JSON.stringify(result));
        }
      });
    }
  }
}

test('a fixture read as the wrong kind does not agree', async () => {
  const linear = fixture({ form: 'linear', method: 'partial' });
  const wrong = [
    { ...linear, name: 'als_total_Clinear' },
    { ...linear, formula: linear.formula.replace('differentiated too', 'constant') },
  ];
  for (const each of wrong) {
    assert.is((await verifyFixture(await read(each), device)).verdict, 'differs');
  }
});

test('a fixture without training, or that says what it is elsewhere, agrees', async () => {
  const none = fixture();
  const once = trained('step', Xhat, ['items']);
  const lossAt = (fakes: Matrix) => lossOf(trained('step', fakes, ['items']));
  const gradient = Xhat.map((row, u) =>
    row.map((value, i) =>
      derivative(
        (x) => lossAt(Xhat.map((r, v) => r.map((old, j) => (v === u && j === i ? x : old)))),
        value,
      ),
    ),
  );
  const untrained = {
    ...none,
    name: 'als',
    als_sweeps: 0,
    P_final: once.p,
    Q_final: once.q,
    loss_adv: lossOf(once),
    dL_dXhat: gradient,
  };
  const { C, ...withoutC } = fixture({ form: 'linear' });
  const depth = { ...fixture({ method: 'partial' }), name: 'als_Cstep', unroll_last_steps: 0 };
  assert.is(C.length, 6);
  for (const each of [untrained, withoutC, depth]) {
    const result = await verifyFixture(await read(each), device);
    assert.is(result.verdict, 'agrees', JSON.stringify(result));
  }
});

test('a fixture that leaves its kind open is an error that names the field', async () => {
  const { P_final, Q_final, ...noEnd } = fixture();
  const { C, ...noC } = fixture();
  const moved = Q_final.map((row) => row.map((x) => x + 1e-6));
  const wrong: readonly [object, RegExp][] = [
    [noEnd, /Q_final: expected it or P_final/],
    [{ ...fixture(), Q_final: moved }, /Q_final: no order of 2 alternations leads there/],
    [{ ...fixture(), P_final: P_final.slice(1) }, /P_final: expected 6 rows of 2 numbers/],
    [{ ...fixture(), C: C.map((row) => row.map((c) => c + 1)) }, /C: expected weight_pos above 0/],
    [{ ...noC, name: 'als_total', formula: undefined }, /name: expected Cstep or Clinear/],
    [{ ...fixture(), name: 'als', formula: undefined }, /name: expected partial or total/],
    [{ ...fixture(), lambda: 0 }, /lambda/],
  ];
  for (const [content, message] of wrong) {
    try {
      await read(content);
      assert.unreachable(`${message} was not thrown`);
    } catch (error) {
      assert.instance(error, UserError);
      assert.match((error as Error).message, message);
    }
  }
});

test.run();
