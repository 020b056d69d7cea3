/** @file `compareHypergradients`: its numbers against those of the estimators one by one. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  cg,
  compareHypergradients,
  direct,
  drMad,
  exact,
  finiteDifferences,
  forward,
  greater,
  hypergradient,
  implicit,
  MethodError,
  mul,
  neumann,
  openDevice,
  partial,
  readAll,
  showComparison,
  sum,
  type Tensor,
  tensor,
  truncated,
  where,
} from '../../../src/autodiff/index.ts';
import { quadratic, symmetric } from './problems.ts';

const device = await openDevice('reference');
const b = [1, -2, 0.5, 3];
const { problem, loss } = quadratic(symmetric([0.2, 0.5, 0.7, 1]), b, { rate: 0.8, steps: 20 });

const norm = (numbers: ArrayLike<number>) => Math.hypot(...Array.from(numbers));

test('a row has the likeness, the cost and the certificate of its estimator', async () => {
  const methods = [
    exact({ checkpoints: 3 }),
    truncated(5),
    partial(),
    drMad(),
    forward(),
    finiteDifferences(),
    implicit({ loss, solver: cg({ iterations: 4 }) }),
    implicit({ loss, solver: direct() }),
    implicit({ loss, solver: neumann({ step: 3, terms: 4 }) }),
  ];
  const names: string[] = [];
  const found = await compareHypergradients(problem, {
    methods,
    device,
    directions: 3,
    onProgress: (name) => names.push(name),
  });
  assert.equal(names, ['exact', 'retrained', ...methods.map(({ name }) => name)]);
  const whole = await hypergradient(problem, { device });
  const [g] = await readAll(whole.gradient);
  assert.is(found.value, whole.value);
  assert.ok(Math.abs(found.norm - norm(g)) <= 1e-15 * norm(g));
  // The objective is linear in the inputs: retraining has rounding alone.
  assert.ok((found.exactRetrainedError ?? 1) < 1e-9, `${found.exactRetrainedError}`);
  for (const [i, method] of methods.entries()) {
    const row = found.rows[i];
    if ('refused' in row) {
      assert.is(i, methods.length - 1);
      assert.match(row.refused, /the series diverges/);
      continue;
    }
    const { gradient, cost, certificate } = await hypergradient(problem, { device, method });
    const [h] = await readAll(gradient);
    const apart = norm(Array.from(h, (value: number, k) => value - g[k])) / norm(g);
    assert.is(row.method, method.name);
    assert.ok(Math.abs(row.error - apart) <= 1e-14, `${method.name}: ${row.error}, ${apart}`);
    assert.ok(Math.abs(row.normRatio - norm(h) / norm(g)) <= 1e-14);
    assert.equal([row.forwardSteps, row.heldStates], [cost.forwardSteps, cost.heldStates]);
    assert.is(row.heldBytes, cost.heldStates * 4 * 8);
    assert.is(row.certificate?.residual, certificate?.residual);
    if (row.error < 1e-6) assert.ok((row.retrainedError ?? 1) < 1e-5, method.name);
  }
  const [first, cut, none] = found.rows;
  assert.ok('error' in first && first.error === 0 && first.cosine > 1 - 1e-15);
  assert.ok('error' in cut && Math.abs(cut.error - found.curve[5].error) <= 1e-15);
  assert.ok('error' in none && none.error === 1 && Number.isNaN(none.cosine));
});

test('the table has a line a row, and why a row is not there', async () => {
  const found = await compareHypergradients(problem, {
    methods: [exact(), implicit({ loss, solver: neumann({ step: 3, terms: 4 }) })],
    device,
    directions: 0,
  });
  const lines = showComparison(found).split('\n');
  assert.is(lines.length, 4);
  assert.match(lines[0], /^estimator +error +cosine +norm/);
  assert.match(lines[1], /^exact\(\) +0\.0e\+0 +1\.000000 +1\.0000/);
  assert.match(lines[2], /refused$/);
  assert.match(lines[3], /set step below 2/);
});

test('a jump of the objective is no referee', async () => {
  // The weight of an input jumps where it passes 0, which is where it is.
  const jumping = {
    inputs: { x: tensor([0, 1]) },
    init: () => tensor(0),
    step: (w: Tensor, { x }: { readonly x: Tensor }) =>
      add(w, sum(mul(where(greater(x, 0), tensor(5), tensor(1)), add(x, 1)))),
    steps: 2,
    objective: (w: Tensor) => w,
  };
  const found = await compareHypergradients(jumping, { methods: [exact()], device, directions: 2 });
  assert.is(found.unsteady, 2);
  assert.is(found.exactRetrainedError, undefined);
  const doubt = 'left out, where the slope depends on the step or is nothing but rounding';
  assert.ok(showComparison(found).endsWith(`retrained: 2 directions ${doubt}`));
  assert.ok(showComparison({ ...found, unsteady: 1 }).endsWith(`retrained: 1 direction ${doubt}`));
  const loss = (w: Tensor) => mul(w, w);
  const { certificate } = await hypergradient(jumping, {
    device,
    method: implicit({ loss, solver: cg({ iterations: 1 }), retrain: true }),
  });
  const last = certificate?.findings[8];
  assert.is(last?.level, 'note');
  assert.match(`${last?.sentence}`, /No referee: .* a jump or a kink/);
});

test('what is wrong is named', async () => {
  for (const [options, message] of [
    [{ methods: [exact] }, /methods: expected a list of estimators/],
    [{ methods: [], directions: -1 }, /directions: expected a whole number from 0, got -1/],
  ] as const) {
    try {
      await compareHypergradients(problem, { device, ...options } as never);
      assert.unreachable();
    } catch (error) {
      assert.instance(error, MethodError);
      assert.match((error as Error).message, message);
    }
  }
});

test.run();
