/** @file Operations composed of primitives: values against plain loops, derivatives, refusals. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  arange,
  argmax,
  argmin,
  clip,
  concat,
  cumsum,
  eye,
  flip,
  grad,
  indexTensor,
  matmul,
  min,
  mul,
  normal,
  oneHot,
  ones,
  onesLike,
  openDevice,
  prod,
  reshape,
  ShapeError,
  setDefaultDevice,
  slice,
  square,
  stack,
  sum,
  type Tensor,
  tensor,
  transpose,
  uniform,
  zeros,
  zerosLike,
} from '../../../src/autodiff/index.ts';
import { checkDrawn } from '../check-drawn.ts';
import { type Draw, forAll } from '../draw.ts';

const reference = await openDevice('reference');
const simd = await openDevice('simd', { threads: 1 });
setDefaultDevice(reference);

/** Runs a check on f64 and on f32 numbers. */
async function onBoth(check: () => Promise<void>): Promise<void> {
  for (const device of [reference, simd]) {
    setDefaultDevice(device);
    try {
      await check();
    } finally {
      setDefaultDevice(reference);
    }
  }
}

interface Case {
  readonly inputs: readonly Tensor[];
  fn(inputs: readonly Tensor[]): Tensor;
}

const cases: { readonly [name: string]: (draw: Draw) => Case } = {
  min: (draw) => ({ inputs: draw.spaced(draw.filledShape(3), 1), fn: ([x]) => min(x, [0, -1]) }),
  prod: (draw) => ({ inputs: [draw.uniform(draw.shape(3))], fn: ([x]) => prod(x, [1, -1]) }),
  'prod of all': (draw) => ({ inputs: [draw.uniform(draw.shape(2))], fn: ([x]) => prod(x) }),
  cumsum: (draw) => ({ inputs: [draw.uniform(draw.shape(3))], fn: ([x]) => square(cumsum(x, -2)) }),
  'cumsum of all': (draw) => ({
    inputs: [draw.uniform(draw.shape(2))],
    fn: ([x]) => square(cumsum(x)),
  }),
  clip: (draw) => {
    const [x, low, high] = draw.spaced(draw.shape(2), 3);
    return { inputs: [x, low, high], fn: ([a, b, c]) => clip(a, b, c) };
  },
  stack: (draw) => {
    const shape = draw.shape(2);
    const inputs = Array.from({ length: draw.integer(1, 5) }, () => draw.uniform(shape));
    const axis = draw.integer(-3, 2);
    return { inputs, fn: (list) => square(stack(list, axis)) };
  },
  'concat of many': (draw) => {
    const shape = draw.shape(2);
    const inputs = Array.from({ length: draw.integer(1, 5) }, () =>
      draw.uniform([shape[0], draw.size()]),
    );
    return { inputs, fn: (list) => square(concat(list, -1)) };
  },
  'slice of named axes': (draw) => {
    const x = draw.uniform(draw.filledShape(3));
    const { start, size } = draw.part(x.shape[2]);
    const ranges = { 0: draw.integer(0, x.shape[0] - 1), [-1]: [start, start + size] };
    return { inputs: [x], fn: ([at]) => square(slice(at, ranges as never)) };
  },
};

for (const [name, make] of Object.entries(cases)) {
  test(`${name} agrees with central differences up to second order`, async () => {
    await forAll(8, async (draw) => {
      const { inputs, fn } = make(draw);
      await checkDrawn(fn, inputs, { order: 2 });
    });
  });
}

const matrix = tensor([
  [3, -1, 4],
  [1, -5, 9],
]);

test('least cells and places of extremes are those of NumPy', () =>
  onBoth(async () => {
    assert.equal(await min(matrix, 1).array(), [-1, -5]);
    assert.is(await min(matrix).item(), -5);
    assert.equal(await argmax(matrix, -1).array(), [2, 2]);
    assert.equal(await argmin(matrix, 0).array(), [1, 1, 0]);
    assert.is(await argmax(matrix).item(), 5);
    assert.is(await argmin(matrix).item(), 4);
    assert.equal(argmax(matrix, 1, { keepDims: true }).shape, [2, 1]);
    assert.equal(argmax(matrix, undefined, { keepDims: true }).shape, [1, 1]);
    // The first of those that tie, and of those that are no number.
    assert.is(await argmax(tensor([1, 7, 7, 2])).item(), 1);
    assert.is(await argmin(tensor([1, -7, -7, -7])).item(), 1);
    assert.is(await argmax(tensor([1, Number.NaN, 7, Number.NaN])).item(), 1);
    assert.is(await argmax(tensor([-Infinity, -Infinity])).item(), 0);
    assert.is(await argmin(tensor([3, Infinity, -Infinity])).item(), 2);
  }));

test('a place has the derivative 0', async () => {
  const slope = await grad((x: Tensor) => sum(mul(x, argmax(x, 1, { keepDims: true }))))(
    matrix,
  ).array();
  assert.equal(slope, [
    [2, 2, 2],
    [2, 2, 2],
  ]);
});

test('products have the derivatives of their other factors, at zeros too', () =>
  onBoth(async () => {
    const slopes = grad((x: Tensor) => prod(x));
    assert.equal(await slopes(tensor([2, 0, 3, 5, 7])).array(), [0, 210, 0, 0, 0]);
    assert.equal(await slopes(tensor([2, 0, 0])).array(), [0, 0, 0]);
    const mixed = grad((x: Tensor) => slice(slopes(x), { 0: 1 }))(tensor([2, 0, 0]));
    assert.equal(await mixed.array(), [0, 0, 2]);
    assert.equal(await prod(matrix, 0, { keepDims: true }).array(), [[3, 5, 36]]);
    assert.is(await prod(tensor([])).item(), 1);
    assert.is(await prod(tensor(3)).item(), 3);
  }));

test('running sums are those of a loop', () =>
  onBoth(async () => {
    for (const n of [0, 1, 2, 3, 7, 64, 1000, 4097]) {
      const whole = Float64Array.from({ length: n }, (_, i) => (i * 7) % 11);
      let total = 0;
      const expected = whole.map((x) => (total += x));
      assert.equal([...(await cumsum(tensor(whole)).data())], [...expected]);
    }
    assert.equal(await cumsum(matrix, 1).array(), [
      [3, 2, 6],
      [1, -4, 5],
    ]);
    assert.equal(await cumsum(matrix).array(), [3, 2, 6, 7, 2, 11]);
  }));

test('constants are those of NumPy', () =>
  onBoth(async () => {
    assert.equal(await zeros([2]).array(), [0, 0]);
    assert.equal(await ones([1, 2]).array(), [[1, 1]]);
    assert.equal(await zerosLike({ a: matrix }).a.array(), await zeros([2, 3]).array());
    assert.equal(await onesLike(matrix).array(), await ones([2, 3]).array());
    assert.equal(await eye(2).array(), [
      [1, 0],
      [0, 1],
    ]);
    assert.equal(await eye(2, 3).array(), [
      [1, 0, 0],
      [0, 1, 0],
    ]);
    assert.equal(await arange(3).array(), [0, 1, 2]);
    assert.equal(await arange(5, 0, -2).array(), [5, 3, 1]);
    assert.equal(await arange(2, 2).array(), []);
    assert.equal(await oneHot([2, 0], 3).array(), [
      [0, 0, 1],
      [1, 0, 0],
    ]);
    const two = indexTensor(Int32Array.of(1, 0), [2, 1]);
    assert.equal(await oneHot(two, 2).array(), [[[0, 1]], [[1, 0]]]);
    assert.throws(() => oneHot([0], 2 ** 24 + 1), /oneHot: f32 tells 16777216 classes apart/);
    assert.equal(await oneHot(argmax(matrix, 0), 2).array(), [
      [1, 0],
      [1, 0],
      [0, 1],
    ]);
    assert.equal(await clip(tensor([-3, 0.5, 9]), 0, 1).array(), [0, 0.5, 1]);
  }));

test('seeded numbers are the same on every machine, and distributed as they say', async () => {
  // Recorded once: another engine, or another version, must give these bits.
  assert.equal(await uniform(1, [3]).array(), recorded.uniform);
  assert.equal(await normal(1, [3]).array(), recorded.normal);
  const n = 100_000;
  for (const seed of [0, 1, 2, -1, 2 ** 40]) {
    const u = await uniform(seed, [n], -1, 3).data();
    const z = await normal(seed, [n], 2, 0.5).data();
    assert.ok(u.every((x) => x >= -1 && x < 3));
    // Five standard errors: of the mean, σ / √n; of the variance of normal numbers, σ² √(2 / n).
    const close = (numbers: ArrayLike<number>, mean: number, deviation: number) => {
      const list = Array.from(numbers);
      const m = list.reduce((a, b) => a + b, 0) / n;
      const v = list.reduce((a, b) => a + (b - m) ** 2, 0) / n;
      assert.ok(Math.abs(m - mean) < (5 * deviation) / Math.sqrt(n), `mean ${m}`);
      assert.ok(Math.abs(v / deviation ** 2 - 1) < 5 * Math.sqrt(2 / n), `variance ${v}`);
    };
    close(u, 1, 4 / Math.sqrt(12));
    close(z, 2, 0.5);
    // Of a normal variable, 4.55 % lie beyond two standard deviations.
    const beyond = z.filter((x) => Math.abs(x - 2) > 1).length / n;
    assert.ok(Math.abs(beyond - 0.0455) < 5 * Math.sqrt(0.0455 / n), `${beyond}`);
  }
  const first = async (seed: number) => (await uniform(seed, [1]).data())[0];
  const firsts = await Promise.all(Array.from({ length: 100 }, (_, seed) => first(seed)));
  const spread = firsts.filter((x) => x < 0.5).length;
  assert.ok(spread > 25 && spread < 75, `${spread} of 100 neighbouring seeds begin below 1/2`);
});

const recorded = {
  uniform: [0.8466069768960862, 0.49391047567998014, 0.6850897407410776],
  normal: [1.210205375525736, -0.021262050557892126, 1.593904282139876],
};

test('shapes may be left open, axes counted from the end, ranges named', async () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  assert.equal(reshape(x, [-1]).shape, [6]);
  assert.equal(reshape(x, [3, -1]).shape, [3, 2]);
  assert.equal(await transpose(x, [-1, 0]).array(), await transpose(x).array());
  assert.equal(await flip(x, -1).array(), [
    [3, 2, 1],
    [6, 5, 4],
  ]);
  assert.equal(await flip(x).array(), [
    [6, 5, 4],
    [3, 2, 1],
  ]);
  assert.equal(await slice(x, { 1: [1, 3] }).array(), [
    [2, 3],
    [5, 6],
  ]);
  assert.equal(await slice(x, { [-1]: [-2, -1] }).array(), [[2], [5]]);
  assert.equal(await slice(x, { 0: -1 }).array(), [4, 5, 6]);
  assert.is(await slice(x, { 0: 1, 1: 0 }).item(), 4);
  assert.equal(slice(x, { 0: [1, 1] }).shape, [0, 3]);
  assert.equal(await concat([x, x], -1).array(), await concat(x, x, 1).array());
  assert.equal(concat([x, x, x]).shape, [6, 3]);
  assert.equal(stack([x, x], -1).shape, [2, 3, 2]);
  assert.equal(await stack([tensor(1), tensor(2)]).array(), [1, 2]);
});

test('a thousand tensors are joined in one go', async () => {
  const parts = Array.from({ length: 1500 }, (_, i) => tensor([i]));
  const expected = Array.from({ length: 1500 }, (_, i) => i);
  assert.equal(await concat(parts).array(), expected);
});

test('products take vectors and broadcast batches as NumPy does', async () => {
  await forAll(20, async (draw) => {
    const [m, k, n, p, q] = draw.shape(5);
    const [a, b] = [draw.uniform([p, 1, m, k]), draw.uniform([q, k, n])];
    const [u, v] = [draw.uniform([k]), draw.uniform([k])];
    const w = draw.uniform([k, n]);
    const broadcast = (await matmul(a, b).array()) as number[][][][];
    const flat = (await matmul(a, w).array()) as number[][][][];
    const [left, right] = [await a.array(), await b.array()] as [number[][][][], number[][][]];
    const one = (await w.array()) as number[][];
    const dot = (row: number[], column: (i: number) => number) =>
      row.reduce((total, x, i) => total + x * column(i), 0);
    for (let i = 0; i < p; i++) {
      for (let y = 0; y < m; y++) {
        for (let x = 0; x < n; x++) {
          const row = left[i][0][y];
          assert.is(
            flat[i][0][y][x],
            dot(row, (e) => one[e][x]),
          );
          for (let j = 0; j < q; j++) {
            assert.is(
              broadcast[i][j][y][x],
              dot(row, (e) => right[j][e][x]),
            );
          }
        }
      }
    }
    const [hu, hv] = [await u.data(), await v.data()];
    assert.is(
      await matmul(u, v).item(),
      dot([...hu], (i) => hv[i]),
    );
    assert.equal(matmul(a, u).shape, [p, 1, m]);
    assert.equal(matmul(u, b).shape, [q, n]);
    const matrixVector = (at: readonly Tensor[]) => square(matmul(at[0], at[1]));
    await checkDrawn(matrixVector, [a, u], { order: 2 });
    await checkDrawn(matrixVector, [u, b], { order: 2 });
    await checkDrawn(matrixVector, [a, w], { order: 2 });
    const transposed = (at: readonly Tensor[]) =>
      square(matmul(at[0], at[1], { transposeA: true, transposeB: true }));
    await checkDrawn(transposed, [transpose(a, [0, 1, 3, 2]), transpose(w)], { order: 2 });
  });
});

const misfits: readonly [string, () => unknown, RegExp][] = [
  ['reshape', () => reshape(ones([2, 3]), [-1, -1]), /-1.*\[-1,-1\].*\[2,3\]/],
  ['reshape', () => reshape(ones([2, 3]), [4, -1]), /\[4,-1\].*\[2,3\]/],
  ['reshape', () => reshape(ones([0, 3]), [0, -1]), /\[0,-1\].*\[0,3\]/],
  ['transpose', () => transpose(ones([2, 3]), [-1, 1]), /\[1,1\].*\[2,3\]/],
  ['flip', () => flip(ones([2]), 1), /\[1\].*\[2\]/],
  ['flip', () => flip(ones([2]), [0, -1]), /distinct/],
  ['slice', () => slice(ones([2, 3]), { 2: [0, 1] }), /axis 2.*\[2,3\]/],
  ['slice', () => slice(ones([2, 3]), { 1: [0, 4] }), /\[0,4\].*axis 1.*\[2,3\]/],
  ['slice', () => slice(ones([2, 3]), { 1: 3 }), /3 leaves axis 1/],
  ['slice', () => slice(ones([2, 3]), { 1: [0.5, 2] }), /\[0.5,2\]/],
  ['slice', () => slice(ones([2, 3]), { a: 1 } as never), /numbers of axes, got a/],
  ['concat', () => concat([]), /got none/],
  ['concat', () => concat([ones([2]), ones([2])], 1), /axis 1.*\[2\]/],
  ['stack', () => stack([ones([2]), ones([3])]), /\[2\] and \[3\]/],
  ['stack', () => stack([]), /got none/],
  ['matmul', () => matmul(ones([]), ones([2])), /\[\] and \[2\].*mul/],
  ['matmul', () => matmul(ones([2, 3]), ones([2])), /\[2,3\] and \[2,1\]/],
  ['matmul', () => matmul(ones([2, 3, 4]), ones([3, 4, 2])), /\[2,3,4\].*\[3,4,2\]/],
  ['argmax', () => argmax(ones([2, 0]), 1), /\[2,0\]/],
  ['argmin', () => argmin(ones([2]), 1), /axis 1/],
  ['cumsum', () => cumsum(ones([2]), 1), /axis 1/],
  ['oneHot', () => oneHot([0, 3], 3), /0 to 2, got 3 at position 1/],
  ['oneHot', () => oneHot([0.5], 3), /got 0.5/],
  ['reshape', () => reshape([1, 2] as never, [2]), /argument 1: expected a tensor/],
  ['transpose', () => transpose(1 as never), /expected a tensor/],
  ['flip', () => flip(undefined as never), /expected a tensor/],
  ['slice', () => slice([1, 2] as never, { 0: 1 }), /expected a tensor/],
  ['concat', () => concat([ones([1]), 2] as never), /argument 2: expected a tensor/],
  ['stack', () => stack(ones([2]) as never), /expected a list of one tensor/],
  ['min', () => min([1, 2] as never), /expected a tensor/],
  ['argmax', () => argmax([1, 2] as never), /expected a tensor/],
  ['argmin', () => argmin([1, 2] as never), /expected a tensor/],
  ['prod', () => prod([1, 2] as never), /expected a tensor/],
  ['cumsum', () => cumsum([1, 2] as never), /expected a tensor/],
  ['matmul', () => matmul(ones([2]), [1, 2] as never), /argument 2: expected a tensor/],
  ['eye', () => eye(-1), /rows.*got -1/],
  ['arange', () => arange(0, 1, 0), /by 0/],
  ['uniform', () => uniform(0.5, [2]), /seed.*0.5/],
  ['normal', () => normal(1, [-2]), /shape.*\[-2\]/],
];

test('what does not fit is an error that names the operation, the shapes and the numbers', () => {
  for (const [name, record, pattern] of misfits) {
    try {
      record();
      assert.unreachable(`${name} took what does not fit: ${pattern}`);
    } catch (error) {
      assert.instance(error, ShapeError, `${error}`);
      const { message } = error as Error;
      assert.ok(message.startsWith(`${name}: `) && pattern.test(message), message);
    }
  }
});

test('a misspelt option is refused by name', () => {
  const wrong = { keepdims: true } as never;
  for (const fn of [min, prod] as const) {
    assert.throws(() => fn(ones([2]), 0, wrong), new RegExp(`${fn.name}: unknown option keepdims`));
  }
  for (const fn of [argmax, argmin] as const) {
    assert.throws(() => fn(ones([2]), 0, wrong), new RegExp(`${fn.name}: unknown option keepdims`));
  }
});

test.after(() => simd.dispose());

test.run();
