/** @file `attribution` where adjoints and gradients are so small or large that their squares are lost. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  attribution,
  likenessOf,
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

/**
 * Four steps w <- 0.9 w + 0.1 x, then s (w_1 + 2 w_2): the share of the k-th step from the end is
 * 0.1 · 0.9^k s (1, 2), so that all lie along each other and the last two have 1.9 of 3.439 parts.
 */
const scaledTraining = (scale: number) => ({
  inputs: { x: tensor([1, 1]) },
  init: () => tensor([0, 0]),
  step: (w: Tensor, { x }: { x: Tensor }) => add(mul(0.9, w), mul(0.1, x)),
  steps: 4,
  objective: (w: Tensor) => mul(scale, sum(mul(w, tensor([1, 2])))),
});

/** Where squares, or their products, leave float64, and where they do not. */
for (const scale of [1, 1e80, 1e-84, 1e160, 1e-170, 1e300, 1e-300]) {
  test(`lengths and angles of a gradient near ${scale}`, async () => {
    const device = await openDevice('reference');
    for (const bytes of [2 ** 30, 0]) {
      const found = await attribution(scaledTraining(scale), { device, bytes });
      // Some thirty roundings each.
      const isNear = (x: number, expected: number) =>
        assert.ok(Math.abs(x - expected) <= 30 * Number.EPSILON * Math.abs(expected), `${x}`);
      const { error, cosine, normRatio, fraction } = found.curve[2];
      isNear(cosine, 1);
      isNear(fraction, 1.9 / 3.439);
      isNear(normRatio, 1.9 / 3.439);
      isNear(error, 1 - 1.9 / 3.439);
      for (const share of found.shares.slice(0, 4)) {
        isNear(share.norm, 0.1 * 0.9 ** (3 - share.step) * Math.sqrt(5) * scale);
        isNear(share.fraction, 0.9 ** (3 - share.step) / 3.439);
      }
      assert.is(found.shares[4].norm, 0);
      assert.is(found.shares[4].fraction, 0);
      assert.is(found.curve[0].error, 1);
      assert.ok(Number.isNaN(found.curve[0].cosine));
    }
  });
}

test('a likeness far from 1, and beside a gradient of 0, which has none', async () => {
  const ratio = likenessOf([3e-200, 4e-200], [3, 4]);
  assert.ok(Math.abs(ratio.cosine - 1) <= 4 * Number.EPSILON);
  assert.ok(Math.abs(ratio.normRatio / 1e-200 - 1) <= 8 * Number.EPSILON);
  assert.is(ratio.error, 1);
  const large = likenessOf([3e200, -4e200], [4e-50, 3e-50]);
  assert.ok(Math.abs(large.cosine) <= 4 * Number.EPSILON);
  assert.ok(Math.abs(large.error / 1e250 - 1) <= 8 * Number.EPSILON);
  // What is added in the last step is taken away by the first: the whole gradient is 0.
  const cancelling = {
    inputs: { x: tensor([1, 1]) },
    init: () => tensor([0, 0]),
    batch: (t: number) => tensor([-1, 0, 0, 1][t]),
    step: (w: Tensor, { x }: { x: Tensor }, sign: Tensor) => add(w, mul(sign, x)),
    steps: 4,
    objective: (w: Tensor) => sum(w),
  };
  const { curve } = await attribution(cancelling);
  for (const { error, normRatio, fraction } of [...curve, likenessOf([1, 1], [0, 0])].map(
    (one) => ({ fraction: Number.NaN, ...one }),
  )) {
    assert.equal([error, normRatio, fraction], [Number.NaN, Number.NaN, Number.NaN]);
  }
});

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
