/** @file No estimator leaves anything on its device or compiles anew, whether it ends or is stopped. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  attribution,
  cg,
  compareHypergradients,
  compiledPlans,
  type Device,
  directionalDerivative,
  drMad,
  type Estimator,
  exact,
  finiteDifferences,
  fixedPoint,
  forward,
  hypergradient,
  implicit,
  neumann,
  noData,
  oneStep,
  openDevice,
  outerHvp,
  release,
  tensor,
} from '../../../src/autodiff/index.ts';
import { quadratic, symmetric } from './problems.ts';

const device = await openDevice('simd', { threads: 1 });
const held = (of: Device) => of.memory?.().held ?? Number.NaN;

const b = [1, -2, 0.5, 3];
const { problem, loss } = quadratic(symmetric([0.2, 0.5, 0.7, 1]), b, { rate: 0.8, steps: 9 });
const methods: readonly Estimator[] = [
  exact(),
  drMad(),
  forward(),
  finiteDifferences(),
  implicit({ loss, solver: cg({ iterations: 3 }), retrain: true }),
  implicit({ loss, solver: neumann({ step: 0.5, terms: 3 }) }),
  implicit({ solver: fixedPoint({ iterations: 3 }), cycle: 2 }),
  implicit({ solver: oneStep() }),
];

for (const method of methods) {
  test(`${method.name} leaves nothing, and compiles nothing again`, async () => {
    const once = async () => {
      const { gradient, state } = await hypergradient(problem, { device, method });
      release([gradient, state]);
    };
    await once();
    const [bytes, plans] = [held(device), compiledPlans(device)];
    await once();
    assert.is(compiledPlans(device), plans);
    assert.is(held(device), bytes);
  });

  test(`${method.name} stops where it is told to, and leaves nothing`, async () => {
    const bytes = held(device);
    for (const phase of ['forward', 'objective', 'backward']) {
      const stop = new Error('stop');
      try {
        const { gradient, state } = await hypergradient(problem, {
          device,
          method,
          onProgress: (at, done) => {
            if (at === phase && done >= 1) throw stop;
          },
        });
        release([gradient, state]);
      } catch (error) {
        assert.is(error, stop);
      }
      assert.is(held(device), bytes, phase);
    }
    const controller = new AbortController();
    const stopping = hypergradient(problem, { device, method, signal: controller.signal });
    controller.abort(new Error('aborted'));
    try {
      await stopping;
      assert.unreachable();
    } catch (error) {
      assert.match((error as Error).message, 'aborted');
    }
    assert.is(held(device), bytes, 'aborted');
  });
}

test('attribution, comparison and second order leave nothing', async () => {
  const direction = { x: tensor([1, 0, 2, -1]) };
  const all = async () => {
    for (const bytes of [0, 1e9]) {
      const { gradient, state } = await attribution(problem, { device, bytes });
      release([gradient, state]);
    }
    await compareHypergradients(problem, { device, methods });
    const { gradient, state } = await hypergradient(outerHvp(problem, direction), { device });
    release([gradient, state]);
  };
  await all();
  const [bytes, plans] = [held(device), compiledPlans(device)];
  await all();
  assert.is(compiledPlans(device), plans);
  assert.is(held(device), bytes);
});

test('a derivative along a direction stops where a signal says, and leaves nothing', async () => {
  const direction = { x: tensor([1, 0, 2, -1]) };
  await directionalDerivative(problem, direction, { device });
  const bytes = held(device);
  for (const last of [0, problem.steps - 1]) {
    const controller = new AbortController();
    const batch = (step: number) => {
      if (step === last) controller.abort(new Error('enough'));
      return noData;
    };
    const options = { device, signal: controller.signal };
    const error = await directionalDerivative(
      { ...problem, batch } as never,
      direction,
      options,
    ).then(
      () => assert.unreachable(),
      (thrown) => thrown,
    );
    assert.is((error as Error).message, 'enough');
    assert.is(held(device), bytes, `at step ${last}`);
  }
});

test.run();
