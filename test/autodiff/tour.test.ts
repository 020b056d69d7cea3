/** @file The tour: what hypertape does, on one screen. Every other test goes into the depth of it. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  checkGradients,
  compile,
  evaluate,
  grad,
  hessian,
  hypergradient,
  matmul,
  mul,
  openDevice,
  planOf,
  sgd,
  showPlan,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from '../../src/autodiff/index.ts';

const device = await openDevice('simd', { threads: 1 });

/** x² + 3 y², whose gradient is 2 x and 6 y. */
const loss = (x: Tensor): Tensor => sum(mul(tensor([1, 3]), square(x)));

test('a tensor is recorded, and computed when its numbers are asked for', async () => {
  const product = matmul(tensor([[1, 2]]), tensor([[3], [4]]));
  assert.equal(product.shape, [1, 1]);
  assert.equal(await product.array(), [[11]]);
});

test('a gradient is again a function of tensors, so it has a gradient', async () => {
  assert.equal(await grad(loss)(tensor([1, 2])).array(), [2, 12]);
  assert.equal(await grad((x) => sum(grad(loss)(x)))(tensor([1, 2])).array(), [2, 6]);
  assert.equal(await hessian(loss)(tensor([1, 2])).array(), [
    [2, 0],
    [0, 6],
  ]);
  await checkGradients(loss, tensor([1, 2]), { order: 3 });
});

test('a compiled function is traced once, fused into few kernels, and replayed', async () => {
  const { update } = sgd({ learningRate: 0.25 });
  const step = (x: Tensor) => update(grad(loss)(x), {}, x)[0];
  assert.match(showPlan(planOf(step, tensor([1, 2]))), /^in0: real \[2\].*2 kernels, 2 buffers/s);
  const compiled = compile(step, { device });
  let x = await evaluate(tensor([8, 8]), { device });
  for (let t = 0; t < 3; t++) x = await compiled(x);
  assert.equal(await x.array(), [1, -1]);
});

test('a hypergradient is the derivative through a whole training', async () => {
  // Each step halves the distance to the target, so three leave 1/8 of it: w = 7/8 target.
  const { gradient } = await hypergradient(
    {
      inputs: { target: tensor([8]) },
      init: () => ({ w: tensor([0]) }),
      step: ({ w }, { target }) => ({ w: sub(w, mul(0.5, sub(w, target))) }),
      objective: ({ w }) => sum(square(w)),
      steps: 3,
    },
    { device },
  );
  // d/dt (7/8 t)² = 2 (7/8)² t
  assert.equal(await gradient.target.array(), [2 * (7 / 8) ** 2 * 8]);
});

test.after(() => device.dispose());
test.run();
