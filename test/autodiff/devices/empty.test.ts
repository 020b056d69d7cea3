/** @file Tensors without cells, and the constants NaN and infinity, on every device in Node. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  cholesky,
  concat,
  evaluate,
  exp,
  full,
  gather,
  grad,
  hessian,
  jacobian,
  leaves,
  matmul,
  max,
  mul,
  openDevice,
  pad,
  readAll,
  rowIndex,
  sddmm,
  segmentSum,
  solve,
  sparsePattern,
  spmm,
  spmmTransposed,
  square,
  sum,
  type Tensor,
  type Tree,
  tensor,
} from '../../../src/autodiff/index.ts';

const twos = (...shape: number[]): Tensor =>
  tensor(new Float64Array(shape.reduce((size, n) => size * n, 1)).fill(2), shape);

const noRows = rowIndex(new Int32Array(0), 3);

const noEntries = sparsePattern({
  rows: 2,
  columns: 3,
  indptr: new Int32Array(3),
  indices: new Int32Array(0),
});

/** What is computed, and the cells of each result. */
const claims: readonly [
  what: string,
  results: () => Tree,
  cells: readonly (readonly number[])[],
][] = [
  ['a sum of nothing beside one', () => [sum(twos(0, 3)), sum(twos(3))], [[0], [6]]],
  ['their sum', () => add(sum(twos(0, 3)), sum(twos(3))), [[6]]],
  ['a map', () => [exp(twos(0)), mul(twos(2), 3)], [[], [6, 6]]],
  [
    'sums along an axis',
    () => [sum(twos(0, 2), 0), sum(twos(2, 0), 1)],
    [
      [0, 0],
      [0, 0],
    ],
  ],
  ['sums along two of four', () => sum(exp(twos(2, 0, 1, 3)), [1, 3]), [[0, 0]]],
  ['a product of nothing', () => matmul(exp(twos(2, 0)), twos(0, 2)), [[0, 0, 0, 0]]],
  [
    'products over a pattern without entries',
    () => [
      sddmm(noEntries, exp(twos(2, 2)), twos(3, 2)),
      spmm(noEntries, twos(0), matmul(twos(3, 3), exp(twos(3, 2)))),
      grad((x: Tensor) => sum(spmmTransposed(noEntries, sddmm(noEntries, x, twos(3, 1)), x)))(
        twos(2, 1),
      ),
    ],
    [[], [0, 0, 0, 0], [0, 0]],
  ],
  ['a product without rows', () => matmul(twos(0, 2), exp(twos(2, 2))), [[]]],
  [
    'views',
    () => [concat(twos(0, 2), twos(1, 2), 0), pad(twos(0), [1], [1])],
    [
      [2, 2],
      [0, 0],
    ],
  ],
  [
    'gathered rows',
    () => [gather(twos(3, 2), noRows), segmentSum(twos(0), noRows)],
    [[], [0, 0, 0]],
  ],
  ['systems', () => [cholesky(twos(0, 0)), solve(full([2, 2], 1), twos(2, 0))], [[], []]],
  ['a maximum without rows', () => max(twos(0, 3), 1), [[]]],
  ['gradients', () => grad((x: Tensor) => sum(square(concat(x, twos(0), 0))))(twos(2)), [[4, 4]]],
  ['of nothing', () => grad((x: Tensor) => sum(square(x)))(twos(0)), [[]]],
  ['a Jacobian', () => jacobian(square)(twos(0)), [[]]],
  ['a Hessian', () => hessian((x) => sum(square(x)))(twos(0)), [[]]],
  ['an input alone', () => [twos(0), full([0], 1)], [[], []]],
  ['NaN', () => [full([2], Number.NaN), mul(twos(1), Number.NaN)], [[NaN, NaN], [NaN]]],
  ['infinities', () => [mul(twos(1), Infinity), full([1], -Infinity)], [[Infinity], [-Infinity]]],
];

for (const name of ['reference', 'simd', 'gpujs:webasm', 'gpujs:cpu']) {
  test(`${name} has values without cells, NaN and infinities`, async () => {
    const device = await openDevice(name);
    for (const [what, make, cells] of claims) {
      const got = await readAll(make(), { device });
      assert.equal(
        got.map((numbers) => [...numbers]),
        cells,
        what,
      );
      // As leaves of the device they are values like others.
      const again = await readAll(leaves(await evaluate(make(), { device })), { device });
      assert.equal(
        again.map((numbers) => [...numbers]),
        cells,
        what,
      );
    }
    await device.dispose();
  });
}

test('derivatives of functions without values have shapes', () => {
  assert.equal(jacobian(square)(twos(0)).shape, [0, 0]);
  assert.equal(jacobian((x) => sum(x, 1))(twos(0, 3)).shape, [0, 0, 3]);
  assert.equal(hessian((x) => sum(square(x)))(twos(2, 0)).shape, [2, 0, 2, 0]);
});

test.run();
