/** @file A number that is not finite is reported where it is made: operation, pass, step, entry. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  customVjp,
  div,
  equal,
  exact,
  exp,
  grad,
  hypergradient,
  log,
  mul,
  NonFiniteError,
  openDevice,
  release,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  train,
  truncated,
  where,
} from '../../../src/autodiff/index.ts';

const devices = [await openDevice('reference'), await openDevice('simd', { threads: 1 })];

/** Its derivative has the logarithm of a number that is 0 where the mask is. */
const trapped = customVjp(
  (at: { x: Tensor; mask: Tensor }) => at.x,
  (ct: Tensor, { mask }) => ({ x: mul(ct, add(1, log(mask))), mask: sub(mask, mask) }),
);

type State = { readonly w: Tensor };
type Inputs = { readonly target: Tensor };

const [holed, whole, zeros] = [tensor([1, 0, 1]), tensor([1, 1, 1]), tensor([0, 0, 0])];

/** 100 steps towards a target; at `planted` entry 1 of the mask is 0, in what `through` derives. */
const problem = (planted: number, through: (w: Tensor, mask: Tensor) => Tensor) => ({
  inputs: { target: tensor([1, 2, 3]) },
  init: (): State => ({ w: zeros }),
  step: ({ w }: State, { target }: Inputs, _batch: unknown, t: Tensor): State => {
    const mask = where(equal(t, planted), holed, whole);
    return { w: sub(through(w, mask), mul(0.1, sub(w, target))) };
  },
  steps: 100,
  objective: ({ w }: State) => sum(square(w)),
});

async function errorOf(run: Promise<unknown>): Promise<NonFiniteError> {
  const error = await run.then(
    () => undefined,
    (thrown) => thrown,
  );
  assert.instance(error, NonFiniteError);
  return error as NonFiniteError;
}

for (const device of devices) {
  test(`a log of 0 in the pass back through step 37 of 100 is found there (${device.name})`, async () => {
    const planted = problem(37, (w, mask) => trapped({ x: w, mask }));
    for (const method of [exact(), exact({ checkpoints: 4 }), truncated(80)]) {
      const { message, found } = await errorOf(hypergradient(planted, { device, method }));
      assert.equal(found?.place, { pass: 'backward', step: 37, steps: 100 });
      assert.is(found?.of, 'log');
      assert.is(found?.phase, 'backward');
      assert.is(found?.rule, 'custom');
      assert.equal(found?.position, [1]);
      assert.is(found?.value, -Infinity);
      assert.equal(
        found?.inputs.map(({ value }) => value),
        [0],
      );
      assert.match(message, 'hypergradient: the gradient of target is ');
      assert.match(
        message,
        'log made it -Infinity at entry [1] of [3] in step 37 of 100, on the way',
      );
    }
    // The last 50 steps do not reach it.
    await hypergradient(planted, { device, method: truncated(50) });
  });

  test(`a log of 0 in the inner gradient is found in the step forward (${device.name})`, async () => {
    const planted = problem(12, (w, mask) => {
      const loss = (at: Tensor) => sum(trapped({ x: at, mask }));
      return sub(w, mul(0.01, grad(loss)(w)));
    });
    const { message, found } = await errorOf(hypergradient(planted, { device }));
    assert.equal(found?.place, { pass: 'forward', step: 12, steps: 100 });
    assert.equal([found?.of, found?.phase, found?.position], ['log', 'backward', [1]]);
    assert.match(message, 'log made it -Infinity at entry [1] of [3] in step 12 of 100, backward');
    assert.match(message, 'from there ');
    const trained = await errorOf(train(planted, planted.inputs, device));
    assert.equal(trained.found?.place, { pass: 'forward', step: 12, steps: 100 });
    assert.match(trained.message, /^train: the state of w is (NaN|-?Infinity) at \[1\]: log made/);
    // A training that ends before is not concerned, nor one that is told to end before.
    await train({ ...planted, steps: 12 }, planted.inputs, device);
    await train(planted, planted.inputs, device, { every: 10, onState: (_, done) => done === 10 });
  });

  test(`what overflows, in the forward pass and in the objective, is found (${device.name})`, async () => {
    const tiny = device.precision === 'f64' ? 1e-200 : 1e-25;
    const grown = problem(99, (w, mask) => div(w, add(mask, tiny)));
    const { found } = await errorOf(hypergradient(grown, { device }));
    assert.equal(found?.place, { pass: 'objective' });
    assert.equal([found?.of, found?.phase, found?.position], ['mul', 'forward', [1]]);
    const start = { ...problem(-1, (w) => w), init: () => ({ w: exp(tensor([0, 0, 1000])) }) };
    const first = await errorOf(hypergradient(start, { device }));
    assert.equal(first.found?.place, { pass: 'init' });
    assert.equal([first.found?.of, first.found?.position], ['exp', [2]]);
    assert.equal(first.found?.inputs, [
      { of: 'a constant', phase: 'given', position: [2], value: 1000 },
    ]);
  });

  test(`infinities that are meant do not hide what went wrong (${device.name})`, async () => {
    const planted = problem(37, (w, mask) => trapped({ x: w, mask }));
    const tracked = {
      ...planted,
      init: () => ({ w: tensor([0, 0, 0]), least: tensor(Infinity) }),
      step: (
        { w, least }: State & { least: Tensor },
        inputs: Inputs,
        batch: unknown,
        t: Tensor,
      ) => ({
        ...planted.step({ w }, inputs, batch, t),
        least,
      }),
    };
    const { found } = await errorOf(hypergradient(tracked, { device }));
    assert.equal([found?.of, found?.place?.step, found?.place?.pass], ['log', 37, 'backward']);
    const last = await train({ ...tracked, steps: 3 }, planted.inputs, device);
    assert.is(await last.least.item(), Infinity);
  });

  test(`what was given as NaN is named, with the step that it was given in (${device.name})`, async () => {
    const fed = {
      ...problem(-1, (w) => w),
      batch: (step: number) => ({ x: tensor([1, step === 5 ? NaN : 2, 3]) }),
      step: ({ w }: State, _inputs: Inputs, { x }: { x: Tensor }) => ({ w: add(w, x) }),
    };
    const { message, found } = await errorOf(hypergradient(fed, { device }));
    assert.equal([found?.given, found?.position], [true, [1]]);
    assert.match(message, 'batch of step.x was given as NaN at entry [1] of [3] in step 5 of 100');
  });
}

test('a run that goes well is not run again, and one that fails leaves nothing on the device', async () => {
  const device = devices[1];
  const well = problem(-1, (w) => w);
  const warm = await hypergradient(well, { device });
  release([warm.gradient, warm.state]);
  let steps = 0;
  const { gradient, state } = await hypergradient(well, {
    device,
    onProgress: () => {
      steps++;
    },
  });
  assert.is(steps, 100 + 1 + 100);
  release([gradient, state]);
  const planted = problem(37, (w, mask) => trapped({ x: w, mask }));
  await errorOf(hypergradient(planted, { device }));
  const held = device.memory?.().held;
  for (let i = 0; i < 5; i++) await errorOf(hypergradient(planted, { device }));
  assert.is(device.memory?.().held, held);
});

test.run();
