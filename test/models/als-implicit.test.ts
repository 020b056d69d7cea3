/** @file Through ALS, the exact hypergradient goes to the implicit one as the sweeps grow. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  cg,
  type Estimator,
  fixedPoint,
  hypergradient,
  implicit,
  leaves,
  mul,
  openDevice,
  readAll,
  setDefaultDevice,
  square,
  sum,
  type Tensor,
} from '../../src/autodiff/index.ts';
import {
  alternations,
  initialFactors,
  type Poison,
  predictions,
  stepConfidence,
  type WrmfFactors,
  wrmfAls,
  wrmfLoss,
} from '../../src/models/index.ts';
import { data, fakeRows, fakes, items, likelihoodLoss, users } from './recommenders.ts';

setDefaultDevice(await openDevice('reference'));

const weight = 5;
const ridge = 2;
const initial = initialFactors({ users, fakes, items, factors: 3 }, 0.5, 1);
const clickLoss = wrmfLoss(data, { loss: 'dense', weight });

/** What every half of an alternation minimises in its factors. */
function loss(factors: WrmfFactors, poison: Poison): Tensor {
  const squares = leaves(factors).map((table) => sum(square(table)));
  const norms = squares.reduce((total, part) => add(total, part));
  return add(clickLoss(factors, poison), mul(ridge, norms));
}

async function solve(sweeps: number, method?: Estimator) {
  const model = wrmfAls(data, {
    loss: 'dense',
    ridge,
    confidence: stepConfidence(weight),
    schedule: alternations(sweeps),
    initial,
  });
  const problem = {
    ...model,
    inputs: { fakes: fakeRows } as Poison,
    objective: (state: WrmfFactors, poison: Poison) =>
      likelihoodLoss(predictions(model, state, poison), 1),
  };
  const { gradient, certificate } = await hypergradient(problem, { method });
  return { numbers: (await readAll(gradient))[0], certificate };
}

const apart = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.sqrt(Array.from(a).reduce((total, value, i) => total + (value - b[i]) ** 2, 0)) /
  Math.hypot(...Array.from(b));

const sweeps = 150;
const cgAtRest = implicit({ loss, solver: cg({ iterations: 200, tolerance: 1e-12 }) });

test('the errors of exact fall with the sweeps, to those of rounding', async () => {
  const { numbers, certificate } = await solve(sweeps, cgAtRest);
  assert.ok((certificate?.residual ?? 1) < 1e-9);
  const errors: number[] = [];
  for (const count of [1, 3, 10, 30, sweeps]) {
    errors.push(apart((await solve(count)).numbers, numbers));
  }
  errors.slice(1).forEach((error, i) => assert.ok(error < errors[i], `${errors}`));
  assert.ok(errors[errors.length - 1] < 1e-8, `${errors}`);
});

test('the fixed point of an alternation, two steps, is the same', async () => {
  const method = implicit({ solver: fixedPoint({ iterations: sweeps }), cycle: 2 });
  const [cycled, hessian] = [await solve(sweeps, method), await solve(sweeps, cgAtRest)];
  assert.ok(apart(cycled.numbers, hessian.numbers) < 1e-8);
  const half = implicit({ solver: fixedPoint({ iterations: sweeps }), cycle: 1 });
  assert.ok(apart((await solve(sweeps, half)).numbers, hessian.numbers) > 1e-3);
});

test.run();
