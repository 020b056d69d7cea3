/** @file Optimisers against plain float64 loops written from PyTorch's documented formulas. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  adam,
  checkGradients,
  compile,
  evaluate,
  grad,
  momentum,
  mul,
  type Optimizer,
  openDevice,
  setDefaultDevice,
  sgd,
  sub,
  sum,
  type Tensor,
  type Tree,
  tanh,
  tensor,
} from '../../../src/autodiff/index.ts';

setDefaultDevice(await openDevice('reference'));

const target = [0.5, -1, 2, 0.1];
const start = [1, 0.3, -0.7, 0];
const scales = [1, 3, 0.2, 2];
const steps = 25;

/** The gradient of sum of scale (x - target)^2. */
const plainGradient = (x: readonly number[]) =>
  x.map((value, i) => 2 * scales[i] * (value - target[i]));

const loss = ({ x }: { x: Tensor }): Tensor => {
  const apart = sub(x, tensor(target));
  return sum(mul(tensor(scales), mul(apart, apart)));
};

type Parameters = { readonly x: Tensor };

async function trained(optimizer: Optimizer): Promise<number[]> {
  let parameters: Parameters = { x: tensor(start) };
  let state: Tree = await evaluate(optimizer.init(parameters));
  const step = compile((at: Parameters, s: Tree) => optimizer.update(grad(loss)(at), s, at));
  for (let t = 0; t < steps; t++) [parameters, state] = await step(parameters, state);
  return [...(await parameters.x.data())];
}

type Update = (x: number, gradient: number, i: number, t: number) => number;

/** The same run as a plain loop; `decay` is PyTorch's weight_decay: g = g + decay x. */
function plain(decay: number, update: Update): number[] {
  let x = start;
  for (let t = 1; t <= steps; t++) {
    const g = plainGradient(x);
    x = x.map((value, i) => update(value, g[i] + decay * value, i, t));
  }
  return x;
}

/**
 * Each step rounds each number about ten times, and a contracting step does not amplify what came
 * before: 10 roundings in each of 25 steps, of numbers below 4. Adam's first steps divide g by
 * |g|, where roundings of the averages enter relative to 1 and not to a small difference.
 */
const tolerance = 10 * steps * 4 * Number.EPSILON;

function close(got: readonly number[], expected: readonly number[]): void {
  got.forEach((value, i) => {
    const apart = Math.abs(value - expected[i]);
    assert.ok(apart <= tolerance, `${value} is ${apart} from ${expected[i]}`);
  });
}

const learningRate = 0.05;

test('sgd is torch.optim.SGD', async () => {
  for (const weightDecay of [0, 0.1]) {
    const expected = plain(weightDecay, (x, g) => x - learningRate * g);
    close(await trained(sgd({ learningRate, weightDecay })), expected);
  }
});

test('momentum is torch.optim.SGD with momentum', async () => {
  for (const weightDecay of [0, 0.1]) {
    const buffer = [0, 0, 0, 0];
    const expected = plain(weightDecay, (x, g, i) => {
      buffer[i] = 0.9 * buffer[i] + g;
      return x - learningRate * buffer[i];
    });
    const got = await trained(momentum({ learningRate, weightDecay, momentum: 0.9 }));
    close(got, expected);
  }
});

test('adam is torch.optim.Adam', async () => {
  const cases = [
    { weightDecay: 0, betas: [0.9, 0.999], eps: 1e-8 },
    { weightDecay: 0.1, betas: [0.9, 0.999], eps: 1e-8 },
    { weightDecay: 0.01, betas: [0.5, 0.9], eps: 0.1 },
    { weightDecay: 0, betas: [0, 0.9], eps: 1e-3 },
  ] as const;
  for (const { weightDecay, betas, eps } of cases) {
    const m = [0, 0, 0, 0];
    const v = [0, 0, 0, 0];
    const expected = plain(weightDecay, (x, g, i, t) => {
      m[i] = betas[0] * m[i] + (1 - betas[0]) * g;
      v[i] = betas[1] * v[i] + (1 - betas[1]) * g * g;
      const stepSize = learningRate / (1 - betas[0] ** t);
      const denominator = Math.sqrt(v[i]) / Math.sqrt(1 - betas[1] ** t) + eps;
      return x - (stepSize * m[i]) / denominator;
    });
    close(await trained(adam({ learningRate, weightDecay, betas, eps })), expected);
  }
});

test('a learning rate may be a tensor that changes from step to step', async () => {
  const decreasing = compile((x: Tensor, rate: Tensor) => {
    const [next] = sgd({ learningRate: rate }).update({ x: mul(2, x) }, {}, { x });
    return next.x;
  });
  const first = await decreasing(tensor([1, 2]), tensor(0.25));
  assert.equal(await first.array(), [0.5, 1]);
  const second = await decreasing(first, tensor(0.5));
  assert.equal(await second.array(), [0, 0]);
});

/** The outcome of three steps as a function of the start, the target and the learning rate. */
const unrolledRun = (make: (learningRate: Tensor) => Optimizer) => {
  type Given = { readonly x: Tensor; readonly target: Tensor; readonly rate: Tensor };
  return ({ x, target: goal, rate }: Given): Tensor => {
    const optimizer = make(rate);
    const fit = (at: Parameters) => sum(mul(tanh(sub(at.x, goal)), sub(at.x, goal)));
    let parameters: Parameters = { x };
    let state: Tree = optimizer.init(parameters);
    for (let t = 0; t < 3; t++) {
      [parameters, state] = optimizer.update(grad(fit)(parameters), state, parameters);
    }
    return parameters.x;
  };
};

const optimizers: { readonly [name: string]: (learningRate: Tensor) => Optimizer } = {
  sgd: (rate) => sgd({ learningRate: rate, weightDecay: 0.1 }),
  momentum: (rate) => momentum({ learningRate: rate, momentum: 0.9, weightDecay: 0.1 }),
  // An eps of this size keeps the derivative away from that of a sign.
  adam: (rate) => adam({ learningRate: rate, eps: 0.1, weightDecay: 0.1 }),
};

for (const [name, make] of Object.entries(optimizers)) {
  test(`three steps of ${name} are twice differentiable in start, data and rate`, async () => {
    const given = { x: tensor([1, -0.5]), target: tensor([0.2, 0.4]), rate: tensor(0.1) };
    await checkGradients(unrolledRun(make), given, { order: 2 });
  });
}

test.run();
