/** @file Differences that train again, of inputs of other sizes than 1, against closed forms. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  compareHypergradients,
  exact,
  exp,
  finiteDifferences,
  gather,
  hypergradient,
  MethodError,
  mean,
  mul,
  openDevice,
  rowIndex,
  softmax,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from '../../../src/autodiff/index.ts';

const reference = await openDevice('reference');
const method = finiteDifferences();

test('a rate of 0.001 alone has its slope in f32', async () => {
  const problem = {
    inputs: { rate: tensor(1e-3) },
    init: () => tensor(1),
    steps: 300,
    step: (w: Tensor, { rate }: { rate: Tensor }) => sub(w, mul(rate, mul(2, w))),
    objective: (w: Tensor) => w,
  };
  const device = await openDevice('simd', { threads: 1 });
  const slope = await (await hypergradient(problem, { device, method })).gradient.rate.item();
  // f = (1 - 2r)^300. Each step rounds thrice to 2^-24 of w <= 1, the step is 0.0049 r, and the
  // error of the difference, (600 0.0049 r)² / 6 of the slope, is below that.
  assert.ok(Math.abs(slope + 600 * 0.998 ** 299) <= (900 * 2 ** -24) / (0.0049 * 1e-3), `${slope}`);
});

test('a rate beside data of any size has its slope, and so has a random direction', async () => {
  for (const size of [1e-3, 1, 1e3, 1e6]) {
    type Inputs = { readonly rate: Tensor; readonly y: Tensor };
    const problem = {
      inputs: { rate: tensor(0.01), y: tensor([size, 2 * size]) },
      init: () => tensor(0),
      steps: 20,
      step: (w: Tensor, { rate, y }: Inputs) => sub(w, mul(rate, sub(w, mean(y)))),
      objective: (w: Tensor) => mul(w, 1 / size),
    };
    const { gradient } = await hypergradient(problem, { device: reference, method });
    // f = 1.5 (1 - (1 - r)^20). The error of the difference is (20 ε r)² / 6 of it with ε = 6e-6,
    // and 2^-53 / ε r of rounding in each of 20 steps.
    const allowed = (20 * 2 ** -53) / (6e-6 * 0.01);
    const slope = await gradient.rate.item();
    assert.ok(Math.abs(slope - 30 * 0.99 ** 19) <= allowed, `${size}: ${slope}`);
    for (const part of await gradient.y.data()) {
      const right = (1 - 0.99 ** 20) / 2;
      assert.ok(Math.abs(part * size - right) <= (20 * 2 ** -53) / 6e-6, `${size}: ${part}`);
    }
    const found = await compareHypergradients(problem, { methods: [exact()], device: reference });
    assert.is(found.unsteady, 0);
    assert.ok((found.exactRetrainedError ?? 1) <= 1e-8, `${size}: ${found.exactRetrainedError}`);
  }
});

const refusal = async (run: Promise<unknown>): Promise<string> => {
  const error = await run.catch((thrown) => thrown);
  assert.instance(error, MethodError);
  return (error as Error).message;
};

test('a slope that depends on the step is refused with the cell', async () => {
  // Of one tensor the smaller number is moved by the size of the larger: 0.39 ± of a rate of 0.01.
  const first = rowIndex(Int32Array.of(0), 2);
  const mixed = {
    inputs: { both: tensor([0.01, 1e5]) },
    init: () => tensor(1),
    steps: 20,
    step: (w: Tensor, { both }: { both: Tensor }) => sub(w, mul(sum(gather(both, first)), w)),
    objective: (w: Tensor) => w,
  };
  const run = (given = method) => hypergradient(mixed, { device: reference, method: given });
  assert.match(await refusal(run()), /inputs\.both\[0\]: a step of .* give another step/);
  assert.match(
    await refusal(run(finiteDifferences({ step: 1 }))),
    /inputs\.both\[0\]: a step of 1/,
  );
  const { gradient } = await run(finiteDifferences({ step: 1e-7 }));
  const [slope] = await gradient.both.data();
  assert.ok(Math.abs(slope + 20 * 0.99 ** 19) <= (20 * 2 ** -53) / 1e-7);
});

test('a step in which a slope is lost in rounding is lengthened, up to that of an input of 1', async () => {
  const of = (slope: number) => ({
    inputs: { a: tensor(1e-3) },
    init: () => tensor(1e9),
    steps: 1,
    step: (w: Tensor, { a }: { a: Tensor }) => sub(w, mul(slope, a)),
    objective: (w: Tensor) => w,
  });
  // Values lie 1.2e-7 apart. A step of 6e-6, both ways, changes them by 1.2e-5 of the slope.
  for (const slope of [300, 15]) {
    const { gradient } = await hypergradient(of(slope), { device: reference, method });
    const error = Math.abs((await gradient.a.item()) + slope);
    assert.ok(error <= 1.2e-7 / 6e-9, `${slope}: ${error}`);
    assert.ok(slope === 300 || error <= 1.2e-7 / 1.2e-5, `${slope}: ${error}`);
  }
});

test('tiny inputs have their slopes, and the referee finds them right', async () => {
  for (const at of [[1e-12], [1e-9], [1e-11, 2e-11], [0]]) {
    const problem = {
      inputs: { x: tensor(at) },
      init: ({ x }: { x: Tensor }) => add(1, x),
      steps: 0,
      step: (w: Tensor) => w,
      objective: (w: Tensor) => sum(square(w)),
    };
    const { gradient } = await hypergradient(problem, { device: reference, method });
    // The share of a slope that rounding may take is the cube root of eps, 6e-6.
    for (const slope of await gradient.x.data()) {
      assert.ok(Math.abs(slope - 2) < 2 * 2 * 6.1e-6, `${at}: ${slope}`);
    }
    const { rows } = await compareHypergradients(problem, {
      device: reference,
      methods: [exact()],
    });
    for (const row of rows) assert.ok('retrainedError' in row && (row.retrainedError ?? 1) < 1e-4);
  }
});

test('where the objective is at its minimum the differences are those of rounding', async () => {
  const root = Math.log(2 - 0.3 / 4);
  const problem = {
    inputs: { x: tensor(root) },
    init: ({ x }: { x: Tensor }) => x,
    steps: 0,
    step: (w: Tensor) => w,
    objective: (w: Tensor) => square(sub(exp(w), Math.exp(root))),
  };
  const { gradient } = await hypergradient(problem, { device: reference, method });
  assert.ok(Math.abs(await gradient.x.item()) < 1e-10);
  const flat = {
    inputs: { x: tensor([1, 2, 3]) },
    init: ({ x }: { x: Tensor }) => x,
    steps: 0,
    step: (w: Tensor) => w,
    objective: (w: Tensor) => sum(softmax(w)),
  };
  const none = await hypergradient(flat, { device: reference, method });
  for (const slope of await none.gradient.x.data()) assert.ok(Math.abs(slope) < 1e-9);
});

test.run();
