/** @file Norms and moments: values, derivatives, and the ends of the range of f32 and f64. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  checkGradients,
  globalNorm,
  grad,
  norm,
  openDevice,
  ShapeError,
  setDefaultDevice,
  std,
  sum,
  type Tensor,
  tensor,
  variance,
} from '../../../src/autodiff/index.ts';
import { forAll } from '../draw.ts';

const reference = await openDevice('reference');
const simd = await openDevice('simd', { threads: 1 });
setDefaultDevice(reference);

test('norms and moments agree with central differences up to third order', async () => {
  await forAll(6, async (draw) => {
    const x = draw.uniform(draw.shape(3), 0.5, 2);
    await checkGradients((at: Tensor) => norm(at), x, { order: 3 });
    await checkGradients((at: Tensor) => norm(at, [0, -1], { keepDims: true }), x, { order: 2 });
    await checkGradients((at: Tensor) => variance(at, 1), x, { order: 2 });
    const tree = { a: x, b: draw.uniform([2], 0.5, 2) };
    await checkGradients(globalNorm, tree, { order: 2 });
    const spread = draw.spaced([4, 3], 1)[0];
    await checkGradients((at: Tensor) => std(at, 0, { correction: 1 }), spread, { order: 2 });
  });
});

test('norms neither overflow nor vanish, nor do their derivatives', async () => {
  const ranges = [
    { device: reference, unit: 2 ** -52, sizes: [1e-320, 1e-200, 1, 1e200, 3e307] },
    { device: simd, unit: 2 ** -23, sizes: [1e-37, 1e-30, 1, 1e30, 6e37] },
  ];
  for (const { device, unit, sizes } of ranges) {
    setDefaultDevice(device);
    for (const size of sizes) {
      const x = tensor([
        [3 * size, -4 * size],
        [0, 0],
      ]);
      const [length, none] = await norm(x, 1).data();
      // What a subnormal number cannot hold is lost before the norm is taken.
      const given = Math.abs((await x.data())[0] / 3 / size - 1) + 8 * unit;
      const tiny = size < 1e-300 ? 1e-3 : given;
      assert.ok(Math.abs(length / (5 * size) - 1) <= tiny, `${device.name}: ${length} of ${size}`);
      assert.is(none, 0);
      const slope = [...(await grad((at: Tensor) => sum(norm(at, 1)))(x).data())];
      [0.6, -0.8, 0, 0].forEach((value, i) => {
        assert.ok(Math.abs(slope[i] - value) <= tiny, `${device.name}: ${slope} of ${size}`);
      });
    }
    assert.is(await norm(tensor([1, Infinity])).item(), Infinity);
    assert.ok(Number.isNaN(await norm(tensor([1, Number.NaN])).item()));
    assert.is(await norm(tensor(-3)).item(), 3);
    assert.is(await norm(tensor([])).item(), 0);
    setDefaultDevice(reference);
  }
});

test('a variance is that of NumPy, with its correction', async () => {
  const x = tensor([
    [1, 2, 4],
    [0, 0, 0],
  ]);
  // The mean is 7/3: squares 16/9, 1/9, 25/9.
  const close = (got: number, expected: number) =>
    assert.ok(Math.abs(got - expected) <= 8 * Number.EPSILON, `${got} is not ${expected}`);
  const [biased, zero] = await variance(x, 1).data();
  close(biased, 42 / 27);
  assert.is(zero, 0);
  close((await variance(x, 1, { correction: 1 }).data())[0], 42 / 18);
  close((await std(x, 1).data())[0], Math.sqrt(42 / 27));
  assert.equal(variance(x, 0, { keepDims: true }).shape, [1, 3]);
  const slope = await grad((at: Tensor) => sum(std(at, 1)))(x).data();
  assert.equal([...slope.slice(3)], [0, 0, 0]);
  assert.throws(
    () => variance(tensor([1]), 0, { correction: 1 }),
    (error: Error) => error instanceof ShapeError && /^variance: 1 cells.*1/.test(error.message),
  );
});

test.after(() => simd.dispose());

test.run();
