/** @file WRMF-ALS: both forms are one model, each half is a minimum, derivatives are exact. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compilePlan } from '../../src/autodiff/devices/simd/compile.ts';
import { batchOf } from '../../src/autodiff/hypergradient/problem.ts';
import {
  add,
  type BilevelProblem,
  checkGradients,
  type Device,
  exact,
  grad,
  hypergradient,
  matmul,
  mul,
  NonFiniteError,
  noData,
  openDevice,
  partial,
  planOf,
  readAll,
  setDefaultDevice,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  type Training,
  type Tree,
  tensor,
  vjp,
} from '../../src/autodiff/index.ts';
import { fromDense, type SparseMatrix, toDense } from '../../src/data/sparse.ts';
import {
  type AlsBatch,
  type AlsHalf,
  alternations,
  type Confidence,
  linearConfidence,
  type Poison,
  predictions,
  type Recommender,
  scoresOf,
  stepConfidence,
  type WrmfAlsOptions,
  type WrmfFactors,
  wrmfAls,
  wrmfAlsKind,
} from '../../src/models/index.ts';
import { Draw, forAllFilled } from '../autodiff/draw.ts';
import { data, fakeRows, fakes, items, likelihoodLoss, users } from './recommenders.ts';

setDefaultDevice(await openDevice('reference'));

const weight = 5;
const ridge = 2;
const confidences: readonly [string, Confidence][] = [
  ['step', stepConfidence(weight)],
  ['linear', linearConfidence(weight)],
];
type Als = Recommender<WrmfFactors, AlsBatch>;
type Problem = BilevelProblem<WrmfFactors, Poison, WrmfFactors, AlsBatch>;

const problemOf = (model: Als, given?: Tensor): Problem => ({
  ...model,
  inputs: given ? { fakes: given } : {},
  objective: (state, poison) => likelihoodLoss(predictions(model, state, poison), 0),
});

/** Training and objective as one graph. */
const written =
  (problem: Problem) =>
  (poison: Poison): Tensor =>
    problem.objective(run(problem, poison), poison, noData);

function run(
  model: Training<WrmfFactors, Poison, AlsBatch>,
  poison: Poison,
  start = model.init(poison),
) {
  let state = start;
  for (let i = 0; i < model.steps; i++) {
    state = model.step(state, poison, batchOf(model, i), tensor(i));
  }
  return state;
}

/**
 * Sums of 50 products round by 50 eps. With factors of at most 1 that is multiplied by the
 * condition of a solve, at most (7 rows * 5 * 4 factors + ridge) / ridge < 72, and once more by
 * each solve that a derivative goes through; all of it relative to the largest number.
 */
const tolerance = (solves: number): number => 50 * Number.EPSILON * 72 ** solves;

async function close(got: Tree, expected: Tree, solves: number): Promise<void> {
  const [a, b] = [await readAll(got), await readAll(expected)];
  assert.is(a.length, b.length);
  b.forEach((numbers, leaf) => {
    const scale = [...numbers].reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    numbers.forEach((value: number, i: number) => {
      const error = Math.abs(a[leaf][i] - value);
      assert.ok(error <= tolerance(solves) * scale, `${a[leaf][i]} is not ${value}`);
    });
  });
}

function factors(draw: Draw, n: number, f: number, m: number, k: number): WrmfFactors {
  const table = (rows: number) => draw.uniform([rows, k], -1, 1);
  const [users, items] = [table(n), table(m)];
  return f === 0 ? { users, items } : { users, items, fakes: table(f) };
}

/** Clicks of a few popular items and many others; rows of fewer clicks than factors and of more. */
function popularClicks(rows: number, columns: number): SparseMatrix {
  const draw = new Draw(5);
  const cells = Float64Array.from({ length: rows * columns }, (_, i) =>
    draw.chance(0.5 / (1 + (i % columns) / 4) + 0.03) ? 1 : 0,
  );
  return fromDense(cells, rows, columns);
}

test('both forms train alike and have one hypergradient', async () => {
  await forAllFilled(8, async (draw) => {
    const [n, m, k] = draw.shape(3);
    const f = draw.integer(0, 2);
    const clicks = Float64Array.from({ length: n * m }, () => (draw.chance(0.4) ? 1 : 0));
    const train = fromDense(clicks, n, m);
    const given = f > 0 ? draw.uniform([f, m], 0, 1) : undefined;
    const initial = factors(draw, n, f, m, k);
    for (const [, confidence] of confidences) {
      const common = { confidence, ridge, initial, schedule: alternations(1) };
      const attacked = (loss: WrmfAlsOptions['loss']) =>
        problemOf(wrmfAls(train, { ...common, loss }), given);
      const [dense, sparse] = [attacked('dense'), attacked('implicit-zeros')];
      const [expected, got] = [await hypergradient(dense), await hypergradient(sparse)];
      await close(got.state, expected.state, 2);
      await close(got.gradient, expected.gradient, 4);
      assert.ok(Math.abs(got.value - expected.value) <= tolerance(2) * Math.abs(expected.value));
    }
  });
});

/** The loss that both halves minimise, over dense rows of all users. */
function loss(
  { users: p, items: q, fakes: f }: WrmfFactors,
  given: Tensor,
  confidence: Confidence,
) {
  const x = tensor(toDense(data), [users, items]);
  const error = (rows: Tensor, left: Tensor) =>
    sum(mul(confidence(rows), square(sub(rows, matmul(left, q, { transposeB: true })))));
  const norms = [p, q, f].map((t) => mul(ridge, sum(square(t)))).reduce((a, b) => add(a, b));
  return add(add(error(x, p), error(given, f)), norms);
}

const initial = (seed: number): WrmfFactors => {
  const table = (rows: number, from: number) =>
    tensor(
      Float64Array.from({ length: rows * 3 }, (_, i) => Math.sin(from + 7 * i + seed)),
      [rows, 3],
    );
  return { users: table(users, 1), fakes: table(fakes, 2), items: table(items, 3) };
};

const model = (
  form: WrmfAlsOptions['loss'],
  confidence: Confidence,
  schedule: readonly AlsHalf[],
): Als => wrmfAls(data, { loss: form, confidence, ridge, schedule, initial: initial(1) });

/** The same, with all of the schedule as steps: the factors come from one solve more. */
const stepping = (
  form: WrmfAlsOptions['loss'],
  confidence: Confidence,
  schedule: readonly AlsHalf[],
): Als => model(form, confidence, [...schedule, 'items']);

for (const form of ['dense', 'implicit-zeros'] as const) {
  for (const [name, confidence] of confidences) {
    test(`each half minimises the loss over its factors (${form}, ${name})`, async () => {
      const poison = { fakes: fakeRows };
      let before = Number.POSITIVE_INFINITY;
      for (const count of [1, 2, 3, 4]) {
        const schedule = alternations(2).slice(0, count);
        const state = run(stepping(form, confidence, schedule), poison);
        const at = (factor: WrmfFactors) => loss(factor, fakeRows, confidence);
        const value = await at(state).item();
        assert.ok(value < before, `${value} after ${count} halves, ${before} before`);
        before = value;
        const slope = grad(at)(state);
        const solved = schedule[count - 1] === 'items' ? [slope.items] : [slope.users, slope.fakes];
        for (const numbers of await readAll(solved)) {
          // A slope is the residual of a system, of numbers of at most about the loss.
          for (const x of numbers) assert.ok(Math.abs(x) <= tolerance(1) * value, `${x}`);
        }
      }
    });

    test(`derivatives of both halves agree with differences (${form}, ${name})`, async () => {
      const als = model(form, confidence, alternations(1));
      const fn = ({ given, start }: { given: Tensor; start: WrmfFactors }) => {
        const poison = { fakes: given };
        return scoresOf(als.factors(run(als, poison, start), poison));
      };
      const at = { given: fakeRows, start: initial(1) };
      await checkGradients(fn, at, { order: 2 });
    });

    test(`the hypergradient is that of the loop on the tape (${form}, ${name})`, async () => {
      const als = model(form, confidence, alternations(3));
      const problem = problemOf(als, fakeRows);
      const { gradient } = await hypergradient(problem, { method: exact() });
      await close(gradient, grad(written(problem))(problem.inputs), 1);
    });

    test(`partial is the derivative through the last solve for the items (${form}, ${name})`, async () => {
      const problem = problemOf(model(form, confidence, alternations(2)), fakeRows);
      const { gradient } = await hypergradient(problem, { method: partial() });
      const halves: AlsHalf[] = [...alternations(1), 'users'];
      const trained = run(stepping(form, confidence, halves), problem.inputs);
      const constant = {
        users: stopGradient(trained.users),
        fakes: stopGradient(trained.fakes),
        items: stopGradient(trained.items),
      };
      const last = (poison: Poison) => problem.objective(constant, poison, noData);
      await close(gradient, grad(last)(problem.inputs), 1);
    });
  }
}

test('fake users may click nothing or all, and items and users may be without clicks', async () => {
  const rows = tensor([new Array(items).fill(0), new Array(items).fill(1)]);
  for (const [, confidence] of confidences) {
    const [dense, sparse] = (['dense', 'implicit-zeros'] as const).map((form) =>
      run(stepping(form, confidence, alternations(2)), { fakes: rows }),
    );
    await close(sparse, dense, 4);
    const [p, f] = await readAll([sparse.users, sparse.fakes]);
    // Without a click the right-hand side is 0, and so is the solution.
    assert.equal([...f.slice(0, 3)], [0, 0, 0]);
    const idle = data.indptr.findIndex((at, user) => data.indptr[user + 1] === at);
    assert.equal([...p.slice(3 * idle, 3 * idle + 3)], [0, 0, 0]);
    const unclicked = run(stepping('implicit-zeros', confidence, alternations(2)), {
      fakes: tensor(new Float64Array(fakes * items), [fakes, items]),
    });
    const q = await unclicked.items.data();
    assert.equal([...q.slice(3 * 4, 3 * 5)], [0, 0, 0]);
  }
});

test('a step back over four times as many blocks holds no more of them', () => {
  const k = 128;
  const workspace = (rows: number): number => {
    const columns = 300;
    const indices = Int32Array.from({ length: rows * 8 }, (_, e) => (e * 37) % columns);
    const indptr = Int32Array.from({ length: rows + 1 }, (_, row) => row * 8);
    const values = new Float64Array(indices.length).fill(1);
    const train = { rows, columns, indptr, indices, values };
    const zeros = (n: number) => tensor(new Float64Array(n * k), [n, k]);
    const start = { users: zeros(rows), items: zeros(columns) };
    const options = { confidence: stepConfidence(weight), ridge, initial: start };
    const als = wrmfAls(train, { ...options, loss: 'implicit-zeros', schedule: ['users'] });
    const batch = batchOf(als, 0);
    const back = (state: WrmfFactors, ct: WrmfFactors) =>
      vjp((at: WrmfFactors) => als.step(at, {}, batch), state).pullback(ct);
    return compilePlan(planOf(back, start, start), { shared: false, relaxed: false })
      .workspaceBytes;
  };
  // Blocks have 512 rows of k² cells; further rows add no more than some vectors each.
  const [few, many] = [workspace(8 * 512), workspace(32 * 512)];
  assert.ok(few > 512 * 2 * k * k * 4);
  assert.ok(many - few < 24 * 512 * 8 * k * 4, `${few} and ${many} bytes`);
});

test('large weights give on f32 what they give on f64, or nothing', async () => {
  const simd = await openDevice('simd', { threads: 1 });
  const reference = await openDevice('reference');
  const train = popularClicks(60, 40);
  const everyone = Int32Array.from({ length: train.rows }, (_, user) => user);
  let refused = 0;
  for (const factors of [4, 24]) {
    for (const weight of [20, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]) {
      const settings = { ...wrmfAlsKind.synthetic, factors, weight, deviation: 0.1, epochs: 5 };
      const fitted = async (device: Device) => {
        const model = await wrmfAlsKind.fit(train, settings, { seed: 1, device });
        return [...(await model.scores(everyone))];
      };
      const exact = await fitted(reference);
      const got = await fitted(simd).catch((error) => {
        if (error instanceof NonFiniteError) return undefined;
        throw error;
      });
      if (!got) {
        refused++;
        assert.ok(weight >= 1e3, `weight ${weight} with ${factors} factors is refused`);
        continue;
      }
      const norm = (numbers: readonly number[]) => Math.hypot(...numbers);
      const error = norm(exact.map((x, i) => x - got[i])) / norm(exact);
      // Ten solves, each within its tolerance.
      assert.ok(error <= 10 * 1e-4, `weight ${weight}, ${factors} factors: off by ${error}`);
    }
  }
  assert.ok(refused >= 6, `${refused} refused`);
});

test.run();
