/** @file `attribution` where adjoints shrink or grow beyond what the square of an f32 can hold. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  attribution,
  mul,
  openDevice,
  sum,
  type Tensor,
  tensor,
} from '../../../src/autodiff/index.ts';

for (const name of ['reference', 'simd', 'gpujs:cpu']) {
  for (const [factor, steps] of [
    [0.1, 30],
    [10, 25],
  ]) {
    test(`the norms of adjoints times ${factor} in each step on ${name}`, async () => {
      const device = await openDevice(name, name === 'simd' ? { threads: 1 } : {});
      const { shares, gradient } = await attribution(
        {
          inputs: { x: tensor([1, 2]) },
          init: () => tensor([1, 1]),
          steps,
          step: (w: Tensor, { x }: { x: Tensor }) => add(mul(factor, w), x),
          objective: (w: Tensor) => sum(mul(tensor([3, 4]), w)),
        },
        { device },
      );
      // The adjoint of the objective has the norm 5. Each step rounds the factor and the product,
      // and the norm takes some eight roundings more.
      const unit = device.precision === 'f64' ? Number.EPSILON / 2 : 2 ** -24;
      for (const { step, adjointNorm } of shares) {
        const done = steps - 1 - step;
        const expected = 5 * factor ** done;
        const allowed = (2 * done + 8) * unit * expected;
        assert.ok(Math.abs(adjointNorm - expected) <= allowed, `${step}: ${adjointNorm}`);
      }
      // The objective has 3 and 4 times Σ factor^k in x, of which one more rounding is a step's sum.
      let total = 0;
      for (let k = 0; k < steps; k++) total += factor ** k;
      (await gradient.x.data()).forEach((value, i) => {
        const expected = [3, 4][i] * total;
        assert.ok(Math.abs(value - expected) <= (3 * steps + 2) * unit * expected);
      });
      await device.dispose();
    });
  }
}

test('a training whose state is empty has adjoints of norm 0', async () => {
  const { shares } = await attribution({
    inputs: { x: tensor([1, 2]) },
    init: () => ({}),
    steps: 1,
    step: () => ({}),
    objective: (_state: object, { x }: { x: Tensor }) => sum(x),
  });
  assert.equal(
    shares.map(({ adjointNorm }) => adjointNorm),
    [0, 0],
  );
});

test.run();
