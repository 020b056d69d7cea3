/** @file What a problem hands in: data of a step, its number, and what is wrong with it. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  adam,
  add,
  cg,
  clip,
  clipByGlobalNorm,
  compiledPlans,
  DeviceError,
  direct,
  directionalDerivative,
  div,
  drMad,
  evaluate,
  exact,
  fixedPoint,
  globalNorm,
  grad,
  hypergradient,
  implicit,
  MethodError,
  mean,
  momentum,
  mul,
  normalCg,
  nystrom,
  oneStep,
  openDevice,
  outerHvp,
  partial,
  release,
  reshape,
  rmsprop,
  ShapeError,
  scope,
  setDefaultDevice,
  sgd,
  sub,
  sum,
  type Tensor,
  TraceError,
  tensor,
  train,
  truncated,
} from '../../../src/autodiff/index.ts';

const device = await openDevice('reference');
setDefaultDevice(device);

// biome-ignore lint/suspicious/noExplicitAny: these problems are wrong on purpose
type Any = any;

async function refusal(call: () => unknown): Promise<Error> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was refused');
}

/** w <- a (w² + noise) from 1, the noise given by `batch`. */
const noisy = (batch: (step: number) => Tensor) => ({
  inputs: { a: tensor(0.5) },
  init: () => tensor(1),
  step: (w: Tensor, { a }: { a: Tensor }, noise: Tensor) => mul(a, add(mul(w, w), noise)),
  steps: 4,
  objective: (w: Tensor) => w,
  batch,
});

/** The same in plain numbers, with the derivative carried along. */
function noisyByHand(noise: readonly number[], a = 0.5) {
  let [w, dw] = [1, 0];
  for (const n of noise) [w, dw] = [a * (w * w + n), w * w + n + a * 2 * w * dw];
  return { value: w, derivative: dw };
}

test('other data on a second call of batch are an error that names the step', async () => {
  for (const [method, step] of [
    [exact(), 3],
    [exact({ checkpoints: 2 }), undefined],
    [truncated(2), 3],
  ] as const) {
    let n = 0;
    const error = await refusal(() =>
      hypergradient(
        noisy(() => tensor(++n)),
        { method },
      ),
    );
    assert.instance(error, TraceError);
    assert.match(error.message, new RegExp(`^batch\\(${step ?? '\\d'}\\) gave other data`));
  }
  // In a shape of its own, in one bit, in two signs, in the zeros' sign.
  const others: [Tensor, Tensor][] = [
    [tensor([1, 1]), tensor([[1, 1]])],
    [tensor([1, 1]), tensor([1, 1 + Number.EPSILON])],
    [tensor([1, 1]), tensor([-1, -1])],
    [tensor([0, 1]), tensor([-0, 1])],
  ];
  for (const pair of others) {
    let calls = 0;
    const problem = {
      ...noisy(() => pair[calls++]),
      steps: 1,
      step: (w: Tensor, { a }: { a: Tensor }, data: Tensor) =>
        mul(a, add(w, mul(0, reshape(data, [2]).size))),
    };
    assert.match((await refusal(() => hypergradient(problem))).message, /^batch\(0\) gave other/);
  }
});

test('data that only their step decides are taken again', async () => {
  const noise = [0.1, -0.2, 0.3, 0.25];
  const { value, derivative } = noisyByHand(noise);
  for (const method of [exact(), exact({ checkpoints: 1 }), truncated(4)]) {
    const result = await hypergradient(
      noisy((step) => tensor(noise[step])),
      { method },
    );
    // Four steps of a handful of operations each, of numbers below 2.
    assert.ok(Math.abs(result.value - value) <= 50 * Number.EPSILON);
    assert.ok(Math.abs((await result.gradient.a.item()) - derivative) <= 50 * Number.EPSILON);
  }
});

test('a run that never goes back asks for the data of each step once', async () => {
  for (const run of [
    (problem: ReturnType<typeof noisy>) => train(problem, problem.inputs, device),
    (problem: ReturnType<typeof noisy>) => hypergradient(problem, { method: partial() }),
    (problem: ReturnType<typeof noisy>) => directionalDerivative(problem, { a: tensor(1) }),
  ]) {
    const asked: number[] = [];
    await run(noisy((step) => tensor(asked.push(step))));
    assert.equal(asked, [0, 1, 2, 3]);
  }
});

/** w <- w + a / (t + 1): after n steps w is a times the n-th harmonic number. */
const scheduled = (steps: number) => ({
  inputs: { a: tensor(3) },
  init: () => tensor(0),
  step: (w: Tensor, { a }: { a: Tensor }, _batch: readonly [], t: Tensor) =>
    add(w, div(a, add(t, 1))),
  steps,
  objective: (w: Tensor) => w,
});

test('a step reads its number, which is an input of its plan and compiles nothing', async () => {
  const harmonic = 1 + 1 / 2 + 1 / 3 + 1 / 4;
  for (const name of ['reference', 'simd', 'gpujs:webasm']) {
    const on = await openDevice(name, name === 'simd' ? { threads: 1 } : {});
    // Four sums and quotients in f32, of numbers below 8.
    const near = (got: number, want: number) =>
      assert.ok(Math.abs(got - want) <= 8 * 8 * 2 ** -24, `${got}, ${want} on ${name}`);
    for (const method of [exact(), exact({ checkpoints: 1 })]) {
      const { value, gradient } = await hypergradient(scheduled(4), { device: on, method });
      near(value, 3 * harmonic);
      near(await gradient.a.item(), harmonic);
    }
    const plans = compiledPlans(on);
    await hypergradient(scheduled(40), { device: on });
    assert.is(compiledPlans(on), plans);
    const forward = await directionalDerivative(scheduled(4), { a: tensor(1) }, { device: on });
    near(forward.derivative, harmonic);
    const last = await train(scheduled(4), { a: tensor(3) }, on);
    near(await last.item(), 3 * harmonic);
    await on.dispose();
  }
});

test('a step that does not read its number uploads none', async () => {
  let scalars = 0;
  const counting = {
    ...device,
    upload: (data: Float64Array, kind: 'real' | 'index') => {
      if (data.length === 1) scalars++;
      return device.upload(data, kind);
    },
  } as typeof device;
  const problem = {
    inputs: { a: tensor([1, 2]) },
    init: () => tensor([0, 0]),
    step: (w: Tensor, { a }: { a: Tensor }) => sub(a, w),
    steps: 5,
  };
  await train(problem, problem.inputs, counting);
  assert.is(scalars, 0);
  const readsIt = (w: Tensor, { a }: { a: Tensor }, _b: readonly [], t: Tensor) =>
    mul(t, sub(a, w));
  await train({ ...problem, step: readsIt }, problem.inputs, counting);
  assert.is(scalars, 5);
});

test('a step that counts its calls, draws numbers or reads what batch sets is refused', async () => {
  let [calls, at] = [0, 0];
  const problem = {
    inputs: { a: tensor(2) },
    init: () => tensor(0),
    steps: 25,
    objective: (w: Tensor) => w,
  };
  type Inputs = { readonly a: Tensor };
  const reading =
    (number: () => number) =>
    (w: Tensor, { a }: Inputs) =>
      add(w, mul(a, number()));
  const choosing = (isFirst: () => boolean) => (w: Tensor, x: Inputs) =>
    isFirst() ? add(w, x.a) : sub(w, x.a);
  const setting = (set: (t: number) => number) => (t: number) => {
    at = set(t);
    return tensor(t);
  };
  const wrong = [
    { ...problem, step: reading(() => calls++) },
    { ...problem, step: reading(() => Math.random()) },
    {
      ...problem,
      step: (w: Tensor) => add(w, tensor([calls++])),
      init: () => tensor([0]),
      objective: (w: Tensor) => sum(w),
    },
    { ...problem, step: choosing(() => calls++ % 2 === 0) },
    { ...problem, step: reading(() => at), batch: setting((t) => t) },
    // The number of an epoch of ten steps: the same at the first and the second step.
    { ...problem, step: reading(() => at), batch: setting((t) => Math.floor(t / 10)) },
  ];
  for (const of of wrong) {
    for (const run of [() => hypergradient(of as Any), () => train(of as Any, of.inputs, device)]) {
      const error = await refusal(run);
      assert.instance(error, TraceError);
      assert.match(error.message, /^step: called once more, at step (1|24), it computes something/);
    }
  }
  // A constant that each call makes anew is the same one.
  const anew = { ...problem, step: (w: Tensor, { a }: Inputs) => add(w, mul(a, tensor(3))) };
  const { value, gradient } = await hypergradient(anew);
  assert.equal([value, await gradient.a.item()], [150, 75]);
});

test('a step that was compared in a whole training is called once by later ones', async () => {
  let calls = 0;
  const step = (w: Tensor, { a }: { a: Tensor }) => {
    calls++;
    return add(w, a);
  };
  const problem = { inputs: { a: tensor(2) }, init: () => tensor(0), step, steps: 3 };
  const counts: number[] = [];
  for (let run = 0; run < 3; run++) {
    calls = 0;
    await hypergradient({ ...problem, objective: (w: Tensor) => w });
    counts.push(calls);
  }
  assert.equal(counts, [2, 1, 1]);
  // One step tells nothing of the next: a training of one step compares none.
  let counter = 0;
  const counting = (w: Tensor, { a }: { a: Tensor }) => add(w, mul(a, counter++));
  await train({ ...problem, step: counting, steps: 1 }, problem.inputs, device);
  const error = await refusal(() => train({ ...problem, step: counting }, problem.inputs, device));
  assert.instance(error, TraceError);
});

test('a rate that batch sets is found also where the last batch is of another shape', async () => {
  let rate = 0;
  const problem = {
    inputs: { a: tensor(2) },
    init: () => tensor(0),
    steps: 5,
    batch: (t: number) => {
      rate = t < 2 ? 1 : 10;
      return tensor(t < 4 ? [1, 1] : [1]);
    },
    step: (w: Tensor, { a }: { a: Tensor }, b: Tensor) => add(w, mul(mul(a, rate), mean(b))),
    objective: (w: Tensor) => w,
  };
  const error = await refusal(() => hypergradient(problem as Any));
  assert.instance(error, TraceError);
});

test('an objective in blocks is traced once for each shape of a block', async () => {
  let calls = 0;
  const { value, gradient } = await hypergradient({
    inputs: tensor(2),
    init: (a: Tensor) => a,
    steps: 0,
    step: (w: Tensor) => w,
    blocks: [tensor(1), tensor(2), tensor(3)],
    objective: (w: Tensor, _inputs: Tensor, block: Tensor) => mul(mul(w, block), ++calls),
  });
  assert.is(calls, 1);
  assert.is(value, 12);
  assert.is(await gradient.item(), 6);
});

const sound = {
  inputs: { t: tensor(2) },
  init: () => tensor(0),
  step: (w: Tensor, { t }: { t: Tensor }) => sub(w, mul(0.1, sub(w, t))),
  steps: 5,
  objective: (w: Tensor) => w,
};

test('what is wrong with a problem is named, with what it should be', async () => {
  const wrong: [object, new (...args: never[]) => Error, RegExp][] = [
    [{ steps: 2.5 }, RangeError, /^steps: expected a whole number from 0, got 2.5/],
    [{ steps: undefined }, RangeError, /^steps: expected a whole number from 0, got undefined/],
    [{ steps: -1 }, RangeError, /^steps: .*-1/],
    [{ steps: '5' }, RangeError, /^steps: .*the text "5"/],
    [{ inputs: { t: 2 } }, ShapeError, /^inputs: expected a tensor at t, got 2/],
    [
      { inputs: { t: mul(1, tensor(2)) } },
      TraceError,
      /^inputs: the result of mul.*evaluate first/,
    ],
    [{ inputs: undefined }, ShapeError, /^inputs: /],
    [{ init: () => 0 }, ShapeError, /^init: its result: .*write tensor\(0\)/],
    [{ init: undefined }, TypeError, /^init: expected a function, got undefined/],
    [{ step: () => undefined }, ShapeError, /^step: its result: .*undefined/],
    [{ step: async (w: Tensor) => w }, ShapeError, /^step: its result: .*a Promise/],
    [
      { step: () => tensor([1, 2]) },
      ShapeError,
      /^step: the state it returns: expected \[\], got \[2\]/,
    ],
    [{ step: 'sgd' }, TypeError, /^step: expected a function/],
    [
      { objective: (w: Tensor) => reshape(w, [1]) },
      ShapeError,
      /^objective: expected a scalar, got \[1\]/,
    ],
    [{ objective: () => 3 }, ShapeError, /^objective: .*3/],
    [{ readout: () => 3 }, ShapeError, /^readout: its result: .*3/],
    [{ readout: {} }, TypeError, /^readout: expected a function/],
    [{ batch: () => undefined }, ShapeError, /^batch\(0\): .*undefined/],
    [{ batch: () => mul(2, tensor(1)) }, TraceError, /^batch\(0\) gives the result of mul/],
    [{ batch: async () => tensor(1) }, ShapeError, /^batch\(0\): .*a Promise/],
    [{ blocks: tensor(1) }, TypeError, /^blocks: expected a list/],
    [{ readOut: () => 3 }, TypeError, /^a problem: unknown field readOut; did you mean readout\?/],
    [{ block: [] }, TypeError, /^a problem: unknown field block; did you mean blocks\?/],
    [{ blocks: [] }, TypeError, /^blocks: .*at least one/],
    [{ blocks: [3] }, ShapeError, /^blocks\[0\]: .*3/],
  ];
  for (const [change, kind, says] of wrong) {
    const problem = { ...sound, ...change } as Any;
    const runs = [() => hypergradient(problem), () => directionalDerivative(problem, sound.inputs)];
    for (const run of runs) {
      const error = await refusal(run);
      assert.instance(error, kind, `${says}: ${error.message}`);
      assert.match(error.message, says);
    }
  }
  const along = await refusal(() => directionalDerivative(sound, { t: tensor([1, 2]) }));
  assert.match(
    along.message,
    /^directionalDerivative: direction: expected {t:\[\]}, got {t:\[2\]}/,
  );
});

test('a method, a device and their mends are named', async () => {
  const method = (given: unknown) => refusal(() => hypergradient(sound, { method: given as Any }));
  assert.match((await method('exact')).message, /^method: expected an estimator such as exact\(\)/);
  assert.match((await method(exact)).message, /^method: .*call it, as in exact\(\)/);
  assert.instance(await method(exact), MethodError);
  assert.match((await method(truncated(2.5))).message, /^truncated: .*2.5/);
  const none = await refusal(() => train(sound, sound.inputs, undefined as Any));
  assert.instance(none, DeviceError);
  assert.match(none.message, /^train: expected a device, as openDevice gives it, got undefined/);
  const waiting = openDevice('reference');
  const early = await refusal(() => train(sound, sound.inputs, waiting as Any));
  assert.match(early.message, /a Promise: await it/);
});

test('options that nobody reads, or that mean nothing, are refused by name', async () => {
  const loss = (w: Tensor, { a }: { a: Tensor }) => mul(sub(w, a), sub(w, a));
  const solver = cg({ iterations: 2 });
  const map = fixedPoint({ iterations: 3 });
  const cases: [() => unknown, RegExp][] = [
    [() => (drMad as Any)({ checkpoints: 3 }), /^drMad: expected no options/],
    [() => (partial as Any)({}), /^partial: expected no options/],
    [() => (oneStep as Any)({ cycle: 2 }), /^oneStep: expected no options/],
    [() => (direct as Any)({ tolerance: 1 }), /^direct: expected no options/],
    [() => implicit({ loss, solver, cycle: 2 }), /^implicit: cycle: cg.* the Hessian/],
    [() => implicit({ solver: map, blocks: [[]] }), /^implicit: blocks: fixedPoint.* the step/],
    [() => implicit({ solver: map, parameters: (w: Tensor) => w }), /^implicit: parameters: fixed/],
    [() => implicit({ solver: map, gauge: () => ({}) as Any }), /^implicit: gauge: fixedPoint/],
    [() => implicit({ loss, solver, blocks: [] }), /^implicit: blocks: .*at least one, got none/],
    [() => implicit({ loss, solver, blocks: 5 as Any }), /^implicit: blocks: .*got .*5/],
    [() => cg({ iterations: 2, tolerance: 5 }), /^cg: tolerance: .*below 1, got 5/],
    [() => normalCg({ iterations: 2, tolerance: 1 }), /^normalCg: tolerance: .*below 1/],
    [
      () => nystrom({ rank: 1, rho: 1, seed: 'a' as Any }),
      /^nystrom: seed: expected a whole number/,
    ],
    [
      () => openDevice('reference', { threads: -5 }),
      /reference: threads are for simd alone: leave them out, got -5/,
    ],
    [() => openDevice('reference', { threads: 4 }), /reference: threads are for simd alone/],
    [() => openDevice('gpujs:cpu', { threads: 2 }), /gpujs:cpu: threads are for simd alone/],
    [() => openDevice('gpujs:none', { threads: 1 }), /gpujs:none is not available/],
    [() => (grad as Any)((x: Tensor) => x, 1), /^grad: got the position 1: the first/],
    [() => clip(tensor([1]), 2, 1), /^clip: expected low <= high, got 2 and 1/],
    [() => clip(tensor([1]), Number.NaN, 1), /^clip: expected low <= high/],
    [() => clipByGlobalNorm(-1), /^clipByGlobalNorm: expected a norm above 0, got -1/],
    [() => sgd({ learningRate: -0.1 }), /^sgd: learningRate: expected a number from 0, got -0.1/],
    [() => sgd({ learningRate: Number.NaN }), /^sgd: learningRate: .* got NaN/],
    [() => momentum({ learningRate: 1, momentum: 1.5 }), /^momentum: momentum: .*below 1, got 1.5/],
    [() => adam({ learningRate: 1, betas: [1.5, 0.9] }), /^adam: betas: .*below 1, got 1.5/],
    [() => rmsprop({ learningRate: 1, eps: -1 }), /^rmsprop: eps: expected a number from 0/],
  ];
  for (const [call, message] of cases) assert.match((await refusal(call)).message, message);
  // What a list's map hands on beside the function is no position.
  const [slope] = [(x: Tensor) => mul(x, x)].map(grad);
  assert.is(await slope(tensor(3)).item(), 6);
  const blocks = [sound.inputs.t];
  const closing = implicit({ loss: (w: Tensor) => mul(w, w), solver, blocks });
  const closed = await refusal(() => hypergradient(sound, { method: closing }));
  assert.match(closed.message, /^blocks\[0\] gives inputs\.t/);
});

test('the inputs may be the direction of a second derivative', async () => {
  const inputs = { a: tensor(2) };
  const problem = {
    inputs,
    init: () => tensor(1),
    steps: 2,
    step: (w: Tensor, { a }: { a: Tensor }) => mul(w, a),
    objective: (w: Tensor) => mul(w, w),
  };
  // f = a⁴: the slope along a is 4a³ a = 64, and H a = 12 a² a = 96.
  const { value, gradient } = await hypergradient(outerHvp(problem, problem.inputs));
  assert.equal([value, await gradient.a.item()], [64, 96]);
});

test('the norm of a tree of none is 0, and a scope throws the error of its function', async () => {
  assert.is(await globalNorm({}).item(), 0);
  const held = await evaluate(mul(tensor(2), 3));
  const failing = scope(async (hold) => {
    release(hold(held));
    throw new Error('of the function');
  });
  assert.match((await refusal(() => failing)).message, /of the function/);
  const [first, second] = [await evaluate(mul(tensor(2), 4)), await evaluate(mul(tensor(2), 5))];
  const twice = scope(async (hold) => {
    release(hold(first));
    hold(second);
  });
  assert.match((await refusal(() => twice)).message, /released/);
  // What was held after it is released all the same.
  assert.match((await refusal(() => second.item())).message, /released/);
});

test('data of a step may be read by the objective too, and stay on the device for it', async () => {
  const simd = await openDevice('simd', { threads: 1 });
  const noise = [0.25, -0.5].map((value) => tensor(value));
  const problem = {
    ...noisy((step) => noise[step % 2]),
    // The second number is data of steps 1 and 3 and a constant of the objective.
    objective: (w: Tensor) => mul(w, noise[1]),
  };
  const { value, gradient } = await hypergradient(problem, { method: exact(), device: simd });
  const hand = noisyByHand([0.25, -0.5, 0.25, -0.5]);
  // Four steps of three roundings each, of numbers below 1.
  assert.ok(Math.abs(value - -0.5 * hand.value) < 12 * 2 ** -24, `${value}`);
  const derivative = await gradient.a.item();
  assert.ok(Math.abs(derivative - -0.5 * hand.derivative) < 40 * 2 ** -24, `${derivative}`);
});

test.run();
