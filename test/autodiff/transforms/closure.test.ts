/** @file What functions close over: differentiated, or refused by name, never dropped. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  checkGradients,
  compile,
  customVjp,
  directionalDerivative,
  evaluate,
  exp,
  full,
  GradientError,
  grad,
  hypergradient,
  mul,
  openDevice,
  readAll,
  recomputed,
  setDefaultDevice,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  TraceError,
  tanh,
  tensor,
  valueAndGrad,
} from '../../../src/autodiff/index.ts';
import { recomputedFinding } from '../../../src/autodiff/transforms/custom.ts';
import { forAll } from '../draw.ts';

const reference = await openDevice('reference');
setDefaultDevice(reference);

type Wrap = (fn: (v: Tensor) => Tensor) => (v: Tensor) => Tensor;

/** Three steps w <- w x from 1: the objective is x^3, its derivative at 2 is 12. */
const cubed = (wrap: Wrap) => ({
  inputs: { x: tensor(2) },
  init: () => tensor(1),
  step: (w: Tensor, { x }: { x: Tensor }) => wrap((v) => mul(v, x))(w),
  steps: 3,
  objective: (w: Tensor) => w,
});

for (const name of ['reference', 'simd', 'gpujs:webasm', 'gpujs:cpu']) {
  test(`a hypergradient passes through what recomputed closes over on ${name}`, async () => {
    const device = await openDevice(name, name === 'simd' ? { threads: 1 } : {});
    const { value, gradient } = await hypergradient(cubed(recomputed), { device });
    assert.is(value, 8);
    assert.is(await gradient.x.item(), 12);
    const along = { x: tensor(1) };
    const forward = await directionalDerivative(cubed(recomputed), along, { device });
    assert.equal(forward, { value: 8, derivative: 12 });
    await device.dispose();
  });
}

test('the derivatives of x^3 through an argument and a closure are 3 x^2, 6 x and 6', async () => {
  let fn = (x: Tensor) => recomputed((v: Tensor) => mul(v, mul(x, x)))(x);
  for (const expected of [8, 12, 12, 6, 0]) {
    assert.is(await fn(tensor(2)).item(), expected);
    fn = grad(fn);
  }
});

test('recomputed functions in one another, and results kept from a call before, are closed over', async () => {
  const nested = (x: Tensor) =>
    recomputed((v: Tensor) => {
      const inner = mul(v, x);
      return recomputed((u: Tensor) => mul(u, mul(inner, x)))(inner);
    })(tensor(5));
  // 25 x^3.
  assert.is(await nested(tensor(2)).item(), 200);
  assert.is(await grad(nested)(tensor(2)).item(), 300);
  assert.is(await grad(grad(nested))(tensor(2)).item(), 300);
  const lazy = (x: Tensor) => {
    let cached: Tensor | undefined;
    const part = recomputed((v: Tensor) => {
      cached ??= mul(x, x);
      return mul(v, cached);
    });
    return add(part(tensor(1)), part(x));
  };
  // x^2 + x^3.
  assert.is(await grad(lazy)(tensor(2)).item(), 16);
  assert.is(await grad(grad(lazy))(tensor(2)).item(), 14);
});

test('recomputed changes no derivative of a function that closes over anything', async () => {
  await forAll(20, async (draw) => {
    const n = draw.size() + 1;
    const [a, b] = [draw.uniform([n], -1, 1), draw.uniform([n], -1, 1)];
    const constant = draw.uniform([n], -1, 1);
    const fn = (wrap: Wrap) => (x: Tensor) => {
      const outside = tanh(mul(x, a));
      const part = wrap((v) => mul(tanh(add(mul(v, outside), x)), exp(mul(constant, outside))));
      return sum(square(part(mul(x, b))));
    };
    const x = draw.uniform([n], -1, 1);
    const direction = (f: (x: Tensor) => Tensor) => grad((y: Tensor) => sum(mul(a, grad(f)(y))))(x);
    const derivatives = (f: (x: Tensor) => Tensor) => readAll([f(x), grad(f)(x), direction(f)]);
    const [expected, got] = [
      await derivatives(fn((f) => f)),
      await derivatives(fn(recomputed as Wrap)),
    ];
    // The same some hundred terms, of factors below 2 e, which may be added in another order.
    for (const [order, numbers] of expected.entries()) {
      for (const [i, y] of numbers.entries()) {
        assert.ok(Math.abs(got[order][i] - y) <= 1000 * (2 * Math.E) ** 4 * Number.EPSILON);
      }
    }
    await checkGradients(fn(recomputed as Wrap), x, { order: 2 });
  });
});

test('both checks catch a derivative that a closure drops', async () => {
  /** `recomputed` with the mechanism taken out. */
  const mutant = recomputedFinding(() => []) as Wrap;
  const dropped = (x: Tensor) => mutant((v) => mul(v, x))(tensor(3));
  assert.is(await grad(dropped)(tensor(2)).item(), 0);
  const error = await checkGradients(dropped, tensor(2)).catch((reason: Error) => reason);
  assert.instance(error, GradientError);
  const { gradient } = await hypergradient(cubed(mutant));
  assert.is(await gradient.x.item(), 0);
  const { derivative } = await directionalDerivative(cubed(mutant), { x: tensor(1) });
  assert.is(derivative, 12);
});

test('recomputed calls its function once, and takes and gives trees', async () => {
  let calls = 0;
  const fn = recomputed(({ a, b }: { a: Tensor; b: Tensor }) => {
    calls++;
    return [mul(calls, mul(a, b)), { total: sum(b) }] as const;
  });
  const loss = (a: Tensor) => {
    const [product, { total }] = fn({ a, b: tensor([1, 2]) });
    return add(sum(product), mul(a, total));
  };
  // a (1 + 2) + a (1 + 2).
  const { value, gradient } = valueAndGrad(loss)(tensor(5));
  assert.is(await value.item(), 30);
  assert.is(await gradient.item(), 6);
  assert.is(calls, 1);
});

test('customVjp refuses what its function closes over, unless it is constant', async () => {
  const rule = (ct: Tensor, v: Tensor) => mul(ct, v);
  const over = (y: Tensor) => customVjp((v: Tensor) => mul(v, y), rule);
  const constant = tensor(3);
  assert.is(await over(constant)(tensor(2)).item(), 6);
  assert.is(await over(full([], 3))(tensor(2)).item(), 6);
  const stopped = (x: Tensor) => customVjp((v: Tensor) => mul(v, stopGradient(x)), rule)(constant);
  assert.is(await grad(stopped)(tensor(2)).item(), 0);
  const evaluated = await evaluate(exp(constant));
  assert.is(await over(evaluated)(tensor(0)).item(), 0);
  const refused = (what: RegExp) => (error: Error) =>
    error instanceof TraceError && what.test(error.message) && /stopGradient/.test(error.message);
  assert.throws(
    () => over(exp(constant))(tensor(2)),
    refused(/customVjp: .* the result of exp, \[\]/),
  );
  assert.throws(
    () => grad((x: Tensor) => over(x)(constant))(tensor(2)),
    refused(/an argument of grad/),
  );
  const traced = await compile((x: Tensor) => over(x)(constant))(tensor(2)).catch((e: Error) => e);
  assert.ok(refused(/argument 1 of compile/)(traced as Error));
});

test('customVjp refuses what its rule closes over, unless it is constant', async () => {
  let saved = tensor(0);
  // The residual that other frameworks keep: its derivative would be lost at second order.
  const residual = customVjp(
    (x: Tensor) => {
      saved = exp(x);
      return saved;
    },
    (ct) => mul(ct, saved),
  );
  const refused = (error: Error) =>
    error instanceof TraceError &&
    /the rule closes over the result of exp, \[\]/.test(error.message);
  assert.throws(() => grad(residual)(tensor(1)), refused);
  const over = (y: Tensor) =>
    customVjp(
      (v: Tensor) => mul(v, 2),
      (ct) => mul(ct, y),
    );
  assert.throws(
    () => grad((y: Tensor) => grad(over(y))(tensor(1)))(tensor(3)),
    /the rule closes over an argument of grad/,
  );
  assert.is(await grad(over(tensor(3)))(tensor(1)).item(), 3);
  const stopped = (y: Tensor) => grad(over(stopGradient(y)))(tensor(1));
  assert.is(await stopped(exp(tensor(0))).item(), 1);
  // The rule that computes it again has all orders.
  const again = customVjp(exp, (ct: Tensor, x: Tensor) => mul(ct, exp(x)));
  assert.ok(Math.abs((await grad(grad(again))(tensor(1)).item()) - Math.E) < 1e-12);
});

test('the rule of customVjp gets the cotangent of all results at once', async () => {
  type Pair = { readonly a: Tensor; readonly b: Tensor };
  // A cotangent clipped to length 1, which is not the sum of its clipped parts.
  const clipped = customVjp(
    (x: Pair): Pair => ({ a: mul(2, x.a), b: x.b }),
    (ct: Pair) => {
      const squared = add(sum(square(ct.a)), sum(square(ct.b)));
      const scale = exp(mul(-0.5, sub(squared, 24)));
      return { a: mul(scale, ct.a), b: mul(scale, ct.b) };
    },
  );
  const loss = (x: Pair) => {
    const { a, b } = clipped(x);
    return add(sum(mul(tensor([2, 2]), a)), sum(mul(tensor([[4]]), b)));
  };
  const x = { a: tensor([1, 2]), b: tensor([[3]]) };
  const { value, gradient } = valueAndGrad(loss)(x);
  assert.is(await value.item(), 24);
  // |ct|² = 4 + 4 + 16 = 24, so that the scale is 1.
  assert.equal(await gradient.a.array(), [2, 2]);
  assert.equal(await gradient.b.array(), [[4]]);
});

const input = tensor([1, 2]);
const problem = {
  inputs: { data: { x: input } },
  init: () => tensor([0, 0]),
  step: (w: Tensor, { data }: { data: { x: Tensor } }) => sub(w, mul(0.1, sub(w, data.x))),
  steps: 2,
  objective: (w: Tensor) => sum(square(w)),
};

test('a problem whose functions close over an input is refused by name', async () => {
  const closures: [string, object][] = [
    ['step closes over', { step: (w: Tensor) => sub(w, input) }],
    ['step closes over', { step: (w: Tensor) => sub(w, exp(mul(2, input))) }],
    ['step closes over', { step: (w: Tensor) => recomputed((v: Tensor) => sub(v, input))(w) }],
    ['objective closes over', { objective: (w: Tensor) => sum(mul(w, input)) }],
    ['readout closes over', { readout: (w: Tensor) => mul(w, input) }],
    ['init closes over', { init: () => mul(1, input) }],
    [
      'batch\\(0\\) gives',
      { batch: () => input, step: (w: Tensor, _inputs: object, x: Tensor) => sub(w, x) },
    ],
    [
      'blocks\\[1\\] gives',
      {
        blocks: [tensor([1, 1]), input],
        objective: (w: Tensor, _: object, x: Tensor) => sum(mul(w, x)),
      },
    ],
  ];
  for (const [says, change] of closures) {
    const wrong = { ...problem, ...change } as typeof problem;
    for (const run of [
      () => hypergradient(wrong),
      () => directionalDerivative(wrong, problem.inputs),
    ]) {
      const error = await run().catch((reason: Error) => reason);
      assert.instance(error, TraceError, says);
      assert.match((error as Error).message, new RegExp(`^${says} inputs\\.data\\.x`));
    }
  }
});

test('constants, and inputs that are said to be constant, are closed over as such', async () => {
  const weights = tensor([3, 4]);
  const { gradient } = await hypergradient({
    ...problem,
    step: (w: Tensor, { data }: typeof problem.inputs) =>
      add(w, mul(mul(weights, data.x), stopGradient(exp(mul(0, input))))),
    objective: (w: Tensor) => sum(w),
  });
  assert.equal(await gradient.data.x.array(), [6, 8]);
});

test('what leaks out of a trace is refused where it is used', async () => {
  let leaked: Tensor | undefined;
  const keep = compile((x: Tensor) => {
    leaked = exp(x);
    return leaked;
  });
  await keep(tensor([1, 2]));
  const later = leaked as Tensor;
  for (const use of [
    () => later.data(),
    () => evaluate(later),
    () => compile((x: Tensor) => mul(x, later))(tensor([1, 2])),
    () => grad((x: Tensor) => sum(mul(x, later)))(tensor([1, 2])).data(),
  ]) {
    const error = await use().catch((reason: Error) => reason);
    assert.instance(error, TraceError);
    assert.match((error as Error).message, /argument 1 of compile, \[2\], has no numbers/);
  }
  const step = (w: Tensor) => mul(w, later);
  const error = await hypergradient({ ...problem, step }).catch((reason: Error) => reason);
  assert.match((error as Error).message, /step closes over .*argument 1 of compile/);
});

test('a tensor that is read inside of a trace is an error at once', async () => {
  const readers = [
    (w: Tensor) => mul(w, w.item() as unknown as Tensor),
    (w: Tensor) => mul(w, exp(w).data() as unknown as Tensor),
    (w: Tensor) => (w.array(), w),
  ];
  for (const read of readers) {
    const error = await compile(read)(tensor(1)).catch((reason: Error) => reason);
    assert.instance(error, TraceError);
    assert.match((error as Error).message, /read inside of a function that is traced/);
  }
  // Numbers that are there may be read anywhere.
  const constant = tensor(3);
  const reading = compile((w: Tensor) => (constant.item(), mul(w, 2)));
  assert.is(await (await reading(tensor(1))).item(), 2);
});

test.run();
