/** @file Every hyperparameter as an input, through training, against differences that train again. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { richardson } from '../../../src/autodiff/checks/differences.ts';
import {
  adam,
  adamw,
  add,
  chain,
  clipByGlobalNorm,
  exact,
  forward,
  grad,
  hypergradient,
  listSchedule,
  matmul,
  mean,
  momentum,
  mul,
  type Optimizer,
  openDevice,
  readAll,
  rmsprop,
  setDefaultDevice,
  sgd,
  sigmoid,
  square,
  sub,
  sum,
  type Tensor,
  type Tree,
  tanh,
  tensor,
} from '../../../src/autodiff/index.ts';

const device = await openDevice('reference');
setDefaultDevice(device);
const single = await openDevice('simd', { threads: 1 });

const steps = 7;
const features = 3;
const wave = (count: number, phase: number) =>
  Array.from({ length: count }, (_, i) => Math.sin(2.3 * i + phase));
const rows = 6;
const x = tensor(wave(rows * features, 0.4), [rows, features]);
const y = tensor(wave(rows, 1.9), [rows, 1]);
const validation = tensor(wave(rows * features, 4.1), [rows, features]);
const goal = tensor(wave(rows, 0.7), [rows, 1]);

type Hyper = { readonly [name: string]: Tensor };
type Inputs = {
  /** Numbers of the optimiser. */
  readonly hyper: Hyper;
  /** What the parameters start from. */
  readonly initial: Tensor;
  /** A weight for each row of the loss, and one for its penalty. */
  readonly weights: Tensor;
  readonly penalty: Tensor;
};

type State = { readonly w: Tensor; readonly averages: Tree };

/** A training of a small network's last layer by an optimiser made of the inputs and of t. */
function problemOf(inputs: Inputs, make: (hyper: Hyper, t: Tensor) => Optimizer) {
  const loss = (w: Tensor, { weights, penalty }: Inputs) =>
    add(
      mean(mul(sigmoid(weights), square(sub(tanh(matmul(x, w)), y)))),
      mul(penalty, sum(square(w))),
    );
  return {
    inputs,
    init: ({ hyper, initial }: Inputs): State => ({
      w: initial,
      averages: make(hyper, tensor(0)).init(initial),
    }),
    step: ({ w, averages }: State, given: Inputs, _batch: unknown, t: Tensor): State => {
      const optimizer = make(given.hyper, t);
      const [next, after] = optimizer.update(grad(loss)(w, given), averages, w);
      return { w: next, averages: after };
    },
    steps,
    objective: ({ w }: State) => mean(square(sub(matmul(validation, w), goal))),
  };
}

/** The optimisers, with values of their numbers of which none is a limit. */
const cases: {
  readonly [name: string]: readonly [
    Record<string, number | number[]>,
    (h: Hyper, t: Tensor) => Optimizer,
  ];
} = {
  'sgd, one rate': [
    { rate: 0.4, decay: 0.1 },
    (h) => sgd({ learningRate: h.rate, weightDecay: h.decay }),
  ],
  'sgd, a rate for each step': [
    { rates: [0.6, 0.3, 0.5, 0.2, 0.4, 0.1, 0.3] },
    ({ rates }, t) => sgd({ learningRate: listSchedule(rates)(t) }),
  ],
  momentum: [
    { rate: 0.3, decay: 0.1, momentum: 0.7, dampening: 0.2 },
    (h) =>
      momentum({
        learningRate: h.rate,
        weightDecay: h.decay,
        momentum: h.momentum,
        dampening: h.dampening,
      }),
  ],
  'momentum, a rate and a momentum for each step': [
    { rates: [0.3, 0.2, 0.4, 0.1, 0.3, 0.2, 0.3], kept: [0.9, 0.5, 0.7, 0.8, 0.6, 0.4, 0.9] },
    ({ rates, kept }, t) =>
      momentum({ learningRate: listSchedule(rates)(t), momentum: listSchedule(kept)(t) }),
  ],
  'momentum by Nesterov': [
    { rate: 0.3, momentum: 0.7 },
    (h) => momentum({ learningRate: h.rate, momentum: h.momentum, nesterov: true }),
  ],
  adam: [
    { rate: 0.1, decay: 0.05, beta1: 0.8, beta2: 0.9, eps: 0.1 },
    (h) =>
      adam({
        learningRate: h.rate,
        weightDecay: h.decay,
        betas: [h.beta1, h.beta2],
        eps: h.eps,
      }),
  ],
  'adam, a rate for each step': [
    { rates: [0.1, 0.2, 0.1, 0.05, 0.1, 0.2, 0.1] },
    ({ rates }, t) => adam({ learningRate: listSchedule(rates)(t), eps: 0.1 }),
  ],
  adamw: [
    { rate: 0.1, decay: 0.3, beta1: 0.8, beta2: 0.9 },
    (h) =>
      adamw({ learningRate: h.rate, weightDecay: h.decay, betas: [h.beta1, h.beta2], eps: 0.1 }),
  ],
  rmsprop: [
    { rate: 0.1, decay: 0.05, alpha: 0.8, momentum: 0.5 },
    (h) =>
      rmsprop({
        learningRate: h.rate,
        weightDecay: h.decay,
        alpha: h.alpha,
        momentum: h.momentum,
        eps: 0.1,
        centered: true,
      }),
  ],
  'clipped sgd': [
    { rate: 0.4, most: 0.2 },
    (h) => chain(clipByGlobalNorm(h.most), sgd({ learningRate: h.rate })),
  ],
};

/** The inputs as one list of numbers, and back. */
const flat = async (tree: Inputs) => (await readAll(tree)).flatMap((part) => [...part]);

function rebuilt(like: Inputs, numbers: readonly number[]): Inputs {
  let at = 0;
  const take = (leaf: Tensor) => {
    at += leaf.size;
    return tensor(numbers.slice(at - leaf.size, at), leaf.shape);
  };
  // The order of `leaves` is that of the sorted names.
  const names = Object.keys(like.hyper).sort();
  return {
    hyper: Object.fromEntries(names.map((name) => [name, take(like.hyper[name])])),
    initial: take(like.initial),
    penalty: take(like.penalty),
    weights: take(like.weights),
  };
}

for (const [name, [values, make]] of Object.entries(cases)) {
  test(`${name}: all numbers, the start and the loss weights, by retraining`, async () => {
    const inputs: Inputs = {
      hyper: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, tensor(value)])),
      initial: tensor(wave(features, 2.2), [features, 1]),
      weights: tensor(wave(rows, 5), [rows, 1]),
      penalty: tensor(0.05),
    };
    const problem = problemOf(inputs, make);
    const valueAt = async (numbers: readonly number[]) => {
      const moved = problemOf(rebuilt(inputs, numbers), make);
      return (await hypergradient(moved, { device })).value;
    };
    const at = await flat(inputs);
    const got = await flat((await hypergradient(problem, { device })).gradient);
    const thin = await hypergradient(problem, { device, method: exact({ checkpoints: 2 }) });
    assert.equal(await flat(thin.gradient), got, 'checkpoints');
    const ahead = await flat(
      (await hypergradient(problem, { device, method: forward() })).gradient,
    );
    const coarse = (
      await readAll((await hypergradient(problem, { device: single })).gradient, { device: single })
    ).flatMap((part) => [...part]);
    const scale = Math.max(...got.map(Math.abs));
    for (const [i, value] of got.entries()) {
      const slopes: number[] = [];
      // Roundings of 1e-16 over steps of 1e-3 leave 1e-12; two extrapolations leave h^6.
      for (const h of [4e-3, 2e-3, 1e-3]) {
        const by = (step: number) => valueAt(at.map((old, k) => (k === i ? old + step : old)));
        slopes.push(((await by(h)) - (await by(-h))) / (2 * h));
      }
      const difference = richardson(slopes, 2);
      assert.ok(
        Math.abs(value - difference) <= 1e-6 * Math.abs(difference) + 1e-9 * scale,
        `${name}, ${i}: ${value}, ${difference}`,
      );
      assert.ok(Math.abs(value - ahead[i]) <= 1e-12 * scale, `forward, ${i}: ${ahead[i]}`);
      assert.ok(Math.abs(value - coarse[i]) <= 2e-4 * scale, `simd, ${i}: ${coarse[i]}`);
      // The first step has no average to keep, so that its momentum changes nothing.
      const isIdle = name.startsWith('momentum, a rate and') && i === 0;
      assert.is(value === 0, isIdle, `${name}, ${i}: ${value}`);
    }
  });
}

test.run();
