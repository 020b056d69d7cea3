/** @file Optimisers against plain float64 loops written from PyTorch's documented formulas. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  adam,
  adamw,
  chain,
  checkGradients,
  clipByGlobalNorm,
  compile,
  evaluate,
  grad,
  momentum,
  mul,
  type Optimizer,
  openDevice,
  readAll,
  rmsprop,
  setDefaultDevice,
  sgd,
  sub,
  sum,
  type Tensor,
  type Tree,
  tanh,
  tensor,
} from '../../../src/autodiff/index.ts';
import { forAll } from '../draw.ts';

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

test('momentum with dampening or Nesterov is torch.optim.SGD with them', async () => {
  for (const [dampening, nesterov] of [
    [0.3, false],
    [0, true],
  ] as const) {
    const buffer: number[] = [];
    const expected = plain(0.1, (x, g, i) => {
      buffer[i] = i in buffer ? 0.9 * buffer[i] + (1 - dampening) * g : g;
      return x - learningRate * (nesterov ? g + 0.9 * buffer[i] : buffer[i]);
    });
    const options = { learningRate, weightDecay: 0.1, momentum: 0.9, dampening, nesterov };
    close(await trained(momentum(options)), expected);
  }
});

test('adamw is torch.optim.AdamW', async () => {
  for (const weightDecay of [0, 0.1]) {
    const m = [0, 0, 0, 0];
    const v = [0, 0, 0, 0];
    const expected = plain(0, (x, g, i, t) => {
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.99 * v[i] + 0.01 * g * g;
      const denominator = Math.sqrt(v[i]) / Math.sqrt(1 - 0.99 ** t) + 1e-3;
      const kept = x * (1 - learningRate * weightDecay);
      return kept - ((learningRate / (1 - 0.9 ** t)) * m[i]) / denominator;
    });
    const options = { learningRate, weightDecay, betas: [0.9, 0.99], eps: 1e-3 } as const;
    close(await trained(adamw(options)), expected);
  }
});

test('adam with an epsilon in the root is optax.adam with eps_root', async () => {
  const m = [0, 0, 0, 0];
  const v = [0, 0, 0, 0];
  const expected = plain(0, (x, g, i, t) => {
    m[i] = 0.9 * m[i] + 0.1 * g;
    v[i] = 0.999 * v[i] + 0.001 * g * g;
    const root = Math.sqrt(v[i] / (1 - 0.999 ** t) + 0.01);
    return x - (learningRate * (m[i] / (1 - 0.9 ** t))) / (root + 1e-8);
  });
  close(await trained(adam({ learningRate, epsilonRoot: 0.01 })), expected);
});

test('rmsprop is torch.optim.RMSprop, centered and with momentum', async () => {
  for (const [kept, centered, weightDecay] of [
    [0, false, 0],
    [0, true, 0.1],
    [0.5, false, 0.1],
    [0.5, true, 0],
  ] as const) {
    const [square, mean, buffer] = [0, 0, 0].map(() => [0, 0, 0, 0]);
    const expected = plain(weightDecay, (x, g, i) => {
      square[i] = 0.9 * square[i] + 0.1 * g * g;
      mean[i] = 0.9 * mean[i] + 0.1 * g;
      const average = Math.sqrt(square[i] - (centered ? mean[i] ** 2 : 0)) + 0.1;
      buffer[i] = kept * buffer[i] + g / average;
      return x - learningRate * buffer[i];
    });
    const options = { learningRate, weightDecay, alpha: 0.9, eps: 0.1, momentum: kept, centered };
    close(await trained(rmsprop(options)), expected);
  }
});

test('a centered rmsprop stays finite where the gradient is constant', async () => {
  const optimizer = rmsprop({ learningRate: 1e-3, alpha: 0.5, centered: true });
  const step = compile((p: Parameters, s: Tree) =>
    (optimizer as Optimizer).update({ x: tensor([0.1, 0.3, 0.7, 1.9]) }, s, p),
  );
  let parameters: Parameters = { x: tensor(start) };
  let state: Tree = await evaluate(optimizer.init(parameters));
  for (let t = 0; t < 100; t++) [parameters, state] = await step(parameters, state);
  assert.ok((await parameters.x.data()).every(Number.isFinite));
});

test('a chain clips gradients by their norm over all tensors before the optimiser', async () => {
  const limit = 1.5;
  let x = start;
  for (let t = 1; t <= steps; t++) {
    const g = plainGradient(x);
    const norm = Math.hypot(...g);
    x = x.map((value, i) => value - learningRate * (norm < limit ? g[i] : (g[i] / norm) * limit));
  }
  close(await trained(chain(clipByGlobalNorm(limit), sgd({ learningRate }))), x);
  const clip = clipByGlobalNorm(1);
  const [clipped] = clip.update({ a: tensor([3e200, 0]), b: tensor(4e200) }, clip.init({}), {
    a: tensor([0, 0]),
    b: tensor(0),
  });
  const parts = [...(await clipped.a.data()), await clipped.b.item()];
  close(parts, [0.6, 0, 0.8]);
  const [still] = clip.update({ a: tensor([0, 0]) }, [], { a: tensor([0, 0]) });
  assert.equal(await still.a.array(), [0, 0]);
});

test('wrong options, and trees of another structure or shape, are refused by name', () => {
  const bias = { bias: tensor([1]) };
  const weight = { weight: tensor([1, 2]) };
  const { init, update } = adam({ learningRate: 0.1 });
  const refused: readonly [() => unknown, RegExp][] = [
    [() => adam({ lr: 0.1 } as never), /^adam: unknown option lr.*learningRate/],
    [() => adamw({} as never), /^adamw: expected a learningRate/],
    [() => sgd({ learningRate, decay: 1 } as never), /^sgd: unknown option decay/],
    [() => momentum({ learningRate } as never), /^momentum: expected a momentum/],
    [
      () => momentum({ learningRate, momentum: 0.9, dampening: 0.1, nesterov: true }),
      /nesterov takes no dampening/,
    ],
    [() => adam({ learningRate: undefined } as never), /^adam: expected a learningRate/],
    [
      () => sgd({ learningRate: tensor([1, 2]) }).update(tensor(1), {}, tensor(1)),
      /\[2\] does not fit a parameter of \[\]; give learningRate as a scalar/,
    ],
    [() => rmsprop({ learningRate, beta: 0.9 } as never), /^rmsprop: unknown option beta/],
    [() => update(weight, init(bias) as never, weight), /^adam: mu: expected .*weight.*bias/],
    [() => update(bias as never, init(weight), weight), /^adam: gradients: expected/],
    [
      () => update({ weight: tensor([0]) }, init(weight), weight),
      /^adam: gradients: expected .*\[2\].*\[1\]/,
    ],
  ];
  for (const [fn, pattern] of refused) {
    assert.throws(fn, (error: Error) => pattern.test(error.message) || console.log(error.message));
  }
});

test('a state of an optimiser with other options is refused, not stepped by half of them', () => {
  const x = tensor([1, 2]);
  const rate = { learningRate: 0.1 };
  const pairs: [of: Optimizer, by: Optimizer, message: RegExp][] = [
    [
      momentum({ ...rate, momentum: 0.9 }),
      momentum({ ...rate, momentum: 0.9, dampening: tensor(0.5) }),
      /momentum: begun: the state lacks it.* use init/,
    ],
    [rmsprop(rate), rmsprop({ ...rate, centered: true }), /rmsprop: mean: the state lacks it/],
    [rmsprop({ ...rate, centered: true }), rmsprop(rate), /rmsprop: mean: the state has it/],
    [rmsprop(rate), rmsprop({ ...rate, momentum: 0.9 }), /rmsprop: velocity: the state lacks it/],
    [rmsprop({ ...rate, momentum: 0.9 }), rmsprop(rate), /rmsprop: velocity: the state has it/],
  ];
  for (const [of, by, message] of pairs) {
    assert.throws(
      () => by.update(x, of.init(x), x),
      (error: Error) => error instanceof TypeError && message.test(error.message),
    );
    by.update(x, by.init(x), x);
  }
});

test('options are those that an optimiser was made of, whatever becomes of the object', async () => {
  for (const make of [adam, adamw]) {
    const given = { learningRate: 0.1, betas: [0.9, 0.99] as [number, number], weightDecay: 0.1 };
    const optimizer = make(given);
    Object.assign(given, { learningRate: 5, weightDecay: 7 });
    given.betas[0] = 0.1;
    const again = make({ learningRate: 0.1, betas: [0.9, 0.99], weightDecay: 0.1 });
    const step = (of: Optimizer) => {
      const [next, state] = of.update(tensor(0.3), of.init(tensor(2)), tensor(2));
      return readAll([next, state]);
    };
    assert.equal(await step(optimizer), await step(again));
  }
});

test('dampening that is an input is differentiated', async () => {
  // w = 1, rate 0.1, momentum 0.9, gradient w: the velocities are v1 = 1, v2 = 0.9 + 0.9 (1 - d)
  // and v3 = 0.9 v2 + (1 - d) w2, and w3 = 0.9 - 0.1 v2 - 0.1 v3 with w2 = 0.9 - 0.1 v2.
  const run = (d: Tensor): Tensor => {
    const optimizer = momentum({ learningRate: 0.1, momentum: 0.9, dampening: d });
    let w: Tensor = tensor(1);
    let state = optimizer.init(w);
    for (let t = 0; t < 3; t++) [w, state] = optimizer.update(w, state, w);
    return w;
  };
  const plainly = (d: number): number => {
    let [w, v] = [1, 0];
    for (let t = 0; t < 3; t++) {
      v = 0.9 * v + (t === 0 ? 1 : 1 - d) * w;
      w -= 0.1 * v;
    }
    return w;
  };
  const [value, slope] = await Promise.all([
    run(tensor(0.5)).item(),
    grad(run)(tensor(0.5)).item(),
  ]);
  assert.ok(Math.abs(value - 0.60525) <= 1e-15 && Math.abs(plainly(0.5) - value) <= 1e-15);
  // A polynomial of degree 2 in d: its central difference has rounding alone.
  const difference = (plainly(0.75) - plainly(0.25)) / 0.5;
  assert.ok(Math.abs(slope - difference) <= 1e-14, `${slope}, ${difference}`);
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

type Hyper = { readonly [name: string]: Tensor };

/** Every number of every optimiser, at values of which none is a limit. */
const hyperparameters: {
  readonly [name: string]: readonly [Record<string, number>, (h: Hyper) => Optimizer];
} = {
  sgd: [
    { learningRate: 0.1, weightDecay: 0.2 },
    (h) => sgd({ ...h, learningRate: h.learningRate }),
  ],
  momentum: [
    { learningRate: 0.1, weightDecay: 0.2, momentum: 0.8, dampening: 0.3 },
    (h) => momentum({ ...h, learningRate: h.learningRate, momentum: h.momentum }),
  ],
  'momentum by Nesterov': [
    { learningRate: 0.1, weightDecay: 0.2, momentum: 0.8 },
    (h) => momentum({ ...h, learningRate: h.learningRate, momentum: h.momentum, nesterov: true }),
  ],
  adam: [
    { learningRate: 0.1, weightDecay: 0.2, beta1: 0.8, beta2: 0.9, eps: 0.1, epsilonRoot: 0.05 },
    ({ beta1, beta2, ...h }) => adam({ ...h, learningRate: h.learningRate, betas: [beta1, beta2] }),
  ],
  'adam without epsilonRoot': [
    { learningRate: 0.1, beta1: 0.8, beta2: 0.9, eps: 0.1 },
    ({ beta1, beta2, ...h }) => adam({ ...h, learningRate: h.learningRate, betas: [beta1, beta2] }),
  ],
  adamw: [
    { learningRate: 0.1, weightDecay: 0.2, beta1: 0.8, beta2: 0.9, eps: 0.1, epsilonRoot: 0.05 },
    ({ beta1, beta2, ...h }) =>
      adamw({ ...h, learningRate: h.learningRate, betas: [beta1, beta2] }),
  ],
  rmsprop: [
    { learningRate: 0.1, weightDecay: 0.2, alpha: 0.8, eps: 0.1, epsilonRoot: 0.05, momentum: 0.5 },
    (h) => rmsprop({ ...h, learningRate: h.learningRate, centered: true }),
  ],
  'clipped sgd': [
    { learningRate: 0.1, maxNorm: 0.3 },
    ({ learningRate: rate, maxNorm }) =>
      chain(clipByGlobalNorm(maxNorm), sgd({ learningRate: rate })),
  ],
};

for (const [name, [values, make]] of Object.entries(hyperparameters)) {
  test(`every number of ${name} may be a tensor and is twice differentiated`, async () => {
    await forAll(3, async (draw) => {
      const given = {
        x: draw.uniform([2], 0.5, 1.5),
        target: draw.uniform([2], -1, 0),
        hyper: Object.fromEntries(
          Object.entries(values).map(([key, value]) => [
            key,
            tensor(value * (0.9 + 0.2 * draw.numbers(1, 0, 1)[0])),
          ]),
        ),
      };
      const run = ({ x, target: goal, hyper }: typeof given) => {
        const optimizer = make(hyper);
        const fit = (at: Parameters) => sum(mul(tanh(sub(at.x, goal)), sub(at.x, goal)));
        let parameters: Parameters = { x };
        let state: Tree = optimizer.init(parameters);
        for (let t = 0; t < 3; t++) {
          [parameters, state] = optimizer.update(grad(fit)(parameters), state, parameters);
        }
        return parameters.x;
      };
      await checkGradients(run, given, { order: 2 });
      // A number in place of the tensor is the same optimiser.
      const numbers = Object.fromEntries(
        await Promise.all(
          Object.entries(given.hyper).map(async ([key, value]) => [key, await value.item()]),
        ),
      );
      const [one, other] = await readAll([run(given), run({ ...given, hyper: numbers })]);
      one.forEach((value, i) => assert.ok(Math.abs(value - other[i]) <= tolerance));
    });
  });
}

test('the derivative of a run through a gradient of 0 stays bounded with epsilonRoot', async () => {
  const epsilonRoot = 1e-4;
  const outcome = (epsilonRoot: number) => (goal: Tensor) => {
    const optimizer = adam({ learningRate: 0.1, epsilonRoot });
    let w: Tensor = tensor(0);
    let state = optimizer.init(w);
    for (let t = 0; t < 3; t++) {
      const gradient = grad((at: Tensor) => mul(sub(at, goal), sub(at, goal)))(w);
      [w, state] = optimizer.update(gradient, state, w);
    }
    return w;
  };
  await checkGradients(outcome(1), tensor(0), { order: 2 });
  // At first order a step is 0.1 m / (root + eps): a linear recurrence, as a plain loop.
  const slope = 0.1 / (Math.sqrt(epsilonRoot) + 1e-8);
  let [dw, dm] = [0, 0];
  for (let t = 1; t <= 3; t++) {
    dm = 0.9 * dm + 0.1 * 2 * (dw - 1);
    dw -= (slope * dm) / (1 - 0.9 ** t);
  }
  const got = await grad(outcome(epsilonRoot))(tensor(0)).item();
  // The terms grow 20-fold a step, and each step rounds about ten times.
  assert.ok(Math.abs(got - dw) <= 30 * 20 ** 3 * Number.EPSILON, `${got} is not ${dw}`);
});

test.run();
