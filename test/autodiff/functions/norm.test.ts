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

test('deviations neither overflow nor vanish, and keep their digits beside a large mean', async () => {
  for (const device of [reference, simd]) {
    setDefaultDevice(device);
    const unit = device === reference ? Number.EPSILON / 2 : 2 ** -24;
    for (const size of device === reference ? [1e-200, 1, 1e200] : [1e-25, 1, 1e25]) {
      const x = tensor([3 * size, 4 * size]);
      // The cells are rounded to 7 parts of their deviation together, what follows eight times.
      const close = (got: number, expected: number) =>
        assert.ok(Math.abs(got / expected - 1) <= 15 * unit, `${device.name}: ${got}, ${expected}`);
      close(await std(x).item(), size / 2);
      const slope = await grad((at: Tensor) => std(at))(x).data();
      close(slope[0], -0.5);
      close(slope[1], 0.5);
      // d variance is the deviation itself.
      const flat = await grad((at: Tensor) => variance(at))(x).data();
      close(flat[0], -size / 2);
      close(flat[1], size / 2);
    }
    // All of these numbers are whole multiples of 8, which f32 holds, as it does the results.
    const far = tensor([1e8, 1e8 + 8, 1e8 + 8, 1e8 + 16]);
    assert.is(await variance(far).item(), 32);
    assert.is(await variance(tensor([1e8, 1e8 + 8])).item(), 16);
    assert.is(await std(tensor([1e8, 1e8 + 8])).item(), 4);
    assert.equal(await grad((at: Tensor) => std(at))(tensor([7, 7])).array(), [0, 0]);
    assert.equal(std(tensor([[1, 2, 4]]), 1, { keepDims: true }).shape, [1, 1]);
    assert.equal(std(tensor([[1, 2, 4]]), 0).shape, [3]);
  }
  setDefaultDevice(reference);
  const few = { correction: 1 };
  assert.throws(() => std(tensor([1]), 0, few), /^std: 1 cells with correction 1/);
  await checkGradients(
    (at: Tensor) => std(at, 1),
    tensor([
      [3, 4, 7],
      [1e3, 1e3 + 1, 1e3 + 5],
    ]),
    { order: 2 },
  );
});

test.after(() => simd.dispose());

test.run();
