/** @file Forward mode and differences along some directions: projections of the exact gradient. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  directionalDerivative,
  type Estimator,
  finiteDifferences,
  forward,
  hypergradient,
  MethodError,
  openDevice,
  readAll,
  tensor,
} from '../../../src/autodiff/index.ts';
import { quadratic, symmetric } from './problems.ts';

const device = await openDevice('reference');
const b = [1, -2, 0.5, 3];
const { problem } = quadratic(symmetric([0.2, 0.5, 0.7, 1]), b, { rate: 0.8, steps: 12 });
const directions = [{ x: tensor([1, 1, 0, 0]) }, { x: tensor([0, 2, -1, 0]) }];

const numbersOf = async (method?: Estimator) =>
  (await readAll((await hypergradient(problem, { device, method })).gradient))[0];

const dot = (a: ArrayLike<number>, c: ArrayLike<number>) =>
  Array.from(a).reduce((total, value, i) => total + value * c[i], 0);

test('along some directions they have the slopes of exact, and no part beside them', async () => {
  const whole = await numbersOf();
  for (const [method, allowed] of [
    [forward({ directions }), 1e-14],
    // The objective is linear in the inputs, so that differences have rounding alone.
    [finiteDifferences({ directions }), 1e-9],
  ] as const) {
    const part = await numbersOf(method);
    for (const { x } of directions) {
      const [along] = await readAll(x);
      assert.ok(Math.abs(dot(part, along) - dot(whole, along)) <= allowed, method.name);
    }
    // (-1, 1, 2, 0) and the last axis are orthogonal to both.
    assert.ok(Math.abs(dot(part, [-1, 1, 2, 0])) <= allowed);
    assert.ok(Math.abs(part[3]) <= allowed);
  }
});

test('one direction has the slope of directionalDerivative, at the cost that it says', async () => {
  const [along] = directions;
  const { derivative, value } = await directionalDerivative(problem, along, { device });
  const result = await hypergradient(problem, {
    device,
    method: forward({ directions: [along] }),
  });
  const [[numbers], [x]] = [await readAll(result.gradient), await readAll(along)];
  assert.ok(Math.abs(dot(numbers, x) - derivative) <= 1e-14);
  assert.is(result.value, value);
  assert.equal(result.cost, { forwardSteps: 12, heldStates: 1 });
  const { cost } = await hypergradient(problem, { device, method: finiteDifferences() });
  assert.equal(cost, { forwardSteps: (1 + 4 * 4) * 12, heldStates: 0 });
});

test('dependent directions and other trees are refused', async () => {
  const twice = [...directions, { x: tensor([1, 3, -1, 0]) }];
  for (const method of [forward({ directions: twice }), finiteDifferences({ directions: [] })]) {
    try {
      await hypergradient(problem, { device, method });
      assert.unreachable();
    } catch (error) {
      assert.instance(error, MethodError);
      assert.match((error as Error).message, /directions: (one is 0|expected a list)/);
    }
  }
  try {
    await hypergradient(problem, { device, method: forward({ directions: [tensor([1])] }) });
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /forward: directions\[0\]: expected \{x:\[4\]\}/);
  }
});

test.run();
