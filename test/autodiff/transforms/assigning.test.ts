/** @file A function may assign to fields of its argument, as plain JavaScript does; values by hand. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  checkGradients,
  compile,
  drMad,
  evaluate,
  exact,
  finiteDifferences,
  forward,
  grad,
  hessian,
  hvp,
  hypergradient,
  hypergradients,
  jacobian,
  jvp,
  mul,
  openDevice,
  recomputed,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  train,
  truncated,
  vjp,
} from '../../../src/autodiff/index.ts';

type Weights = { w: Tensor };

/** 4 Σ w², by way of a field that is written over. */
const loss = (p: Weights): Tensor => {
  p.w = mul(p.w, 2);
  return sum(square(p.w));
};
const at = (...numbers: number[]): Weights => ({ w: tensor(numbers) });

test('transforms differentiate what was given, and leave it', async () => {
  const p = at(1, 3);
  const { w } = p;
  assert.equal(await grad(loss)(p).w.array(), [8, 24]);
  assert.is(p.w, w);
  assert.equal(await vjp(loss, p).pullback(tensor(2)).w.array(), [16, 48]);
  assert.is(await jvp(loss, p, at(1, 1)).tangent.item(), 32);
  assert.equal(await hvp(loss, p, at(1, 2)).w.array(), [8, 16]);
  assert.equal(await jacobian(loss)(p).w.array(), [8, 24]);
  const second = hessian(loss)(p) as unknown as { w: { w: Tensor } };
  assert.equal(await second.w.w.array(), [
    [8, 0],
    [0, 8],
  ]);
  assert.equal(await grad(recomputed(loss))(p).w.array(), [8, 24]);
});

test('what a pullback gives does not change with what its owner writes', async () => {
  const x = { a: tensor(3), b: tensor(5) };
  const { value, pullback } = vjp((p: typeof x) => ({ product: mul(p.a, p.b) }), x);
  Object.assign(x, { c: tensor(1) });
  Object.assign(value, { more: tensor(1) });
  const ct = pullback({ product: tensor(1) });
  assert.equal(Object.keys(ct), ['a', 'b']);
  assert.equal([await ct.a.item(), await ct.b.item()], [5, 3]);
});

/** The state is the input, and so is the objective. */
const linear = {
  init: (x: { a: Tensor }): Weights => ({ w: x.a }),
  step: (s: Weights): Weights => ({ w: mul(s.w, 1) }),
  steps: 1,
  objective: (s: Weights) => s.w,
};

for (const name of ['reference', 'simd'] as const) {
  test(`${name}: steps, objectives and compiled functions`, async () => {
    const device = await openDevice(name);
    const swapped = compile(
      (p: { a: Tensor; b: Tensor }) => {
        [p.a, p.b] = [p.b, p.a];
        return sub(mul(p.a, 2), p.b);
      },
      { device },
    );
    assert.is(await (await swapped({ a: tensor(1), b: tensor(10) })).item(), 19);
    // θ = a, z = b; a step halves θ and keeps z: f = z - 2 θ = b - a, after the swap.
    const inputs = { a: tensor(1), b: tensor(7) };
    type State = { w: Tensor; z: Tensor; g?: Tensor };
    const training = {
      inputs,
      init: (x: typeof inputs) => ({ w: x.a, z: x.b }) as State,
      step: (s: State) => {
        s.g = mul(s.w, 0.5);
        return { w: sub(s.w, s.g), z: s.z };
      },
      steps: 1,
    };
    const last = await train(training as never, inputs, device);
    const { w, z } = last as State;
    assert.equal([await w.item(), await z.item()], [0.5, 7]);
    const objective = (s: State): Tensor => {
      [s.w, s.z] = [s.z, s.w];
      return add(s.w, mul(s.z, -2));
    };
    for (const method of [exact(), truncated(1), drMad(), forward(), finiteDifferences()]) {
      const problem = { ...training, objective } as never;
      const { value, gradient } = await hypergradient(problem, { device, method });
      const found = gradient as typeof inputs;
      assert.is(value, 6, method.name);
      // Of a linear objective a difference has rounding errors alone: those of values of about 6 in
      // f32, over twice the step.
      const isRounded = name === 'simd' && method.name.startsWith('finite');
      const slopes = [await found.a.item(), await found.b.item()];
      for (const [i, expected] of [-1, 1].entries()) {
        assert.ok(
          Math.abs(slopes[i] - expected) <= (isRounded ? 1e-4 : 1e-9),
          `${method.name}: ${slopes}`,
        );
      }
    }
    await device.dispose();
  });
}

test('what is done with a tree is done with it as it was at the call', async () => {
  const x = { a: tensor(2) };
  const doubled = compile((p: typeof x) => mul(p.a, 2));
  const runs = [doubled(x), evaluate(x), hypergradient({ ...linear, inputs: x })] as const;
  const plan = doubled.plan(x);
  Object.assign(x, { a: tensor([9, 9]) });
  assert.is(await (await runs[0]).item(), 4);
  assert.is(await (await runs[1]).a.item(), 2);
  assert.is((await runs[2]).value, 2);
  assert.equal((await plan).outputs[0].shape, []);
});

test('checks and lent states survive a function that writes to their trees', async () => {
  await checkGradients(loss, at(1, 3), { order: 2 });
  const device = await openDevice('reference');
  const seen: number[] = [];
  const last = await train({ ...linear, steps: 3 }, { a: tensor(2) }, device, {
    every: 1,
    onState: async (state) => {
      seen.push(await (state as Weights).w.item());
      Object.assign(state, { w: tensor(5) });
      return false;
    },
  });
  assert.equal([...seen, await last.w.item()], [2, 2, 2, 2]);
  await device.dispose();
});

test('problems that are objects of a class keep their `this`, with one objective or several', async () => {
  class Problem {
    inputs = tensor([2]);
    steps = 2;
    rate = 0.5;
    init() {
      return tensor([1]);
    }
    step(w: Tensor, x: Tensor) {
      return mul(mul(w, x), this.rate);
    }
  }
  class Goal {
    scale = 3;
    objective(w: Tensor) {
      return mul(sum(w), this.scale);
    }
  }
  // w = (x / 2)², f = 3 w: f' = 3 x / 2.
  const { results } = await hypergradients(new Problem(), [new Goal(), new Goal()]);
  for (const { value, gradient } of results) {
    assert.is(value, 3);
    assert.equal([...(await gradient.data())], [3]);
  }
});

test.run();
