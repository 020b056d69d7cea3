/** @file QR factors, least squares and general systems: residuals, derivatives, refusals. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  eye,
  lstsq,
  matmul,
  mul,
  normal,
  ones,
  openDevice,
  qr,
  readAll,
  ShapeError,
  setDefaultDevice,
  slice,
  solve,
  solveGeneral,
  sub,
  type Tensor,
  tensor,
  transpose,
} from '../../../src/autodiff/index.ts';
import { checkDrawn } from '../check-drawn.ts';
import { forAll } from '../draw.ts';

const reference = await openDevice('reference');
const simd = await openDevice('simd', { threads: 1 });
setDefaultDevice(reference);

/** The distance from 1 to the next number. */
const epsilon = { reference: 2 ** -52, simd: 2 ** -23 } as const;
const devices = [
  { device: reference, unit: epsilon.reference },
  { device: simd, unit: epsilon.simd },
];

const largest = (numbers: ArrayLike<number>): number =>
  Array.from(numbers).reduce((most, x) => Math.max(most, Math.abs(x)), 0);

test('Q is orthonormal, R triangular, and their product the matrix', async () => {
  for (const { device, unit } of devices) {
    for (const [m, n] of [
      [1, 1],
      [4, 4],
      [9, 4],
      [30, 30],
    ]) {
      const a = normal(m, [2, m, n]);
      const { q, r } = qr(a);
      const gram = sub(matmul(q, q, { transposeA: true }), eye(n));
      const [orthogonality, residual, below] = await readAll(
        [gram, sub(matmul(q, r), a), mul(r, sub(1, tensor(upper(n), [n, n])))],
        { device },
      );
      // Orthogonality and residual are some m n roundings (theorem 5.1 there), of cells below 6.
      assert.ok(largest(orthogonality) <= 6 * m * n * unit, `${largest(orthogonality)}`);
      assert.ok(largest(residual) <= 36 * m * n * unit, `${largest(residual)}`);
      assert.is(largest(below), 0);
    }
  }
});

const upper = (n: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, i) => (i % n >= Math.floor(i / n) ? 1 : 0));

test('a system that needs pivots is solved', async () => {
  const a = tensor([
    [0, 2, 0],
    [0, 0, 3],
    [4, 0, 0],
  ]);
  for (const { device, unit } of devices) {
    const [x] = await readAll(solveGeneral(a, tensor([[2], [6], [4]])), { device });
    [1, 1, 2].forEach((value, i) => assert.ok(Math.abs(x[i] - value) <= 32 * unit, `${x}`));
  }
});

test('ill-conditioned systems are solved as backward stable methods do', async () => {
  // The Hilbert matrix has the condition 1.5e10 for n = 8, and 1.6e4 for n = 4.
  for (const { device, unit, n } of [
    { ...devices[0], n: 8 },
    { ...devices[1], n: 4 },
  ]) {
    const cells = Float64Array.from(
      { length: n * n },
      (_, i) => 1 / (Math.floor(i / n) + (i % n) + 1),
    );
    const a = tensor(cells, [n, n]);
    const b = normal(3, [n, 1]);
    const x = solveGeneral(a, b);
    const [residual, size] = await readAll([sub(matmul(a, x), b), x], { device });
    // A residual of roundings of |A| |x|, here with |A| below 2, times a small power of n.
    const bound = 2 * n * n * unit * largest(size);
    assert.ok(largest(residual) <= bound, `${largest(residual)} is beyond ${bound}`);
  }
});

test('a singular matrix gives NaN and not a number', async () => {
  const singular = [
    [
      [1, 2],
      [2, 4],
    ],
    [
      [0, 0],
      [0, 1],
    ],
    [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ],
    [[0]],
  ];
  for (const { device } of devices) {
    for (const cells of singular) {
      const a = tensor(cells);
      const [x] = await readAll(solveGeneral(a, ones([cells.length, 1])), { device });
      assert.ok(x.every(Number.isNaN), `${x}`);
    }
  }
});

test('on positive definite matrices it agrees with solve', async () => {
  await forAll(10, async (draw) => {
    const [k, m] = draw.shape(2);
    const g = draw.uniform([2, k, k]);
    const a = matmul(g, g, { transposeB: true });
    const dominant = sub(a, mul(-k, eye(k)));
    const b = draw.uniform([2, k, m]);
    const [x, y] = await readAll([solveGeneral(dominant, b), solve(dominant, b)]);
    // The condition number is at most 1 + 4 k, and each is off by some k² roundings of it.
    x.forEach((value, i) => {
      assert.ok(Math.abs(value - y[i]) <= 32 * k * k * (1 + 4 * k) * Number.EPSILON);
    });
  });
});

test('solutions and factors agree with central differences up to second order', async () => {
  await forAll(6, async (draw) => {
    const [n, k] = draw.shape(2);
    const m = n + draw.integer(0, 2);
    const identity = slice(mul(5, eye(m)), { 1: [0, n] });
    const away = (x: Tensor) => sub(x, mul(-1, identity));
    const a = draw.uniform([2, m, n], -1, 1);
    const b = draw.uniform([2, m, k]);
    const fit = (at: readonly Tensor[]) => lstsq(away(at[0]), at[1]);
    await checkDrawn(fit, [a, b], { order: 2 });
    await checkDrawn(([at]) => qr(away(at)).q, [a], { order: 2 });
    await checkDrawn(([at]) => qr(away(at)).r, [a], { order: 2 });
    if (m === n) {
      const system = (at: readonly Tensor[]) => solveGeneral(away(at[0]), at[1]);
      await checkDrawn(system, [a, b], { order: 2 });
    }
  });
});

test('least squares solves the normal equations', async () => {
  const a = normal(5, [12, 3]);
  const b = normal(6, [12, 2]);
  const rest = sub(matmul(a, lstsq(a, b)), b);
  const [across] = await readAll(matmul(transpose(a), rest));
  assert.ok(largest(across) <= 12 * 36 * Number.EPSILON, `${largest(across)}`);
});

test('shapes that do not fit are refused by name', () => {
  const refused: readonly [() => unknown, RegExp][] = [
    [() => qr(ones([2, 3])), /^qr: .*\[2,3\]/],
    [() => qr(ones([3])), /^qr: .*\[3\]/],
    [() => lstsq(ones([3, 2]), ones([2, 1])), /^lstsq: .*\[2,1\].*\[3,2\]/],
    [() => lstsq(ones([3, 2]), ones([3])), /^lstsq: .*\[3\].*\[3,2\]/],
    [() => solveGeneral(ones([3, 2]), ones([3, 1])), /^solveGeneral: .*square.*\[3,2\].*lstsq/],
  ];
  for (const [fn, pattern] of refused) {
    assert.throws(fn, (error: Error) => error instanceof ShapeError && pattern.test(error.message));
  }
});

test.after(() => simd.dispose());

test('solve gives NaN where the second pivot lost more digits than the tolerance leaves', async () => {
  for (const { device, unit } of devices) {
    for (const tolerance of [0.1, 1e-4]) {
      // Of [[1, c], [c, 1]] the second pivot is 1 - c²: the digits lost are those of 1 / (1 - c²),
      // and a rounding is half of the distance to the next number.
      for (const [factor, kept] of [
        [4, true],
        [1 / 4, false],
      ] as const) {
        const pivot = (factor * unit) / 2 / tolerance;
        const c = Math.sqrt(1 - pivot);
        const scale = [1e4, 1e-3];
        const a = tensor([
          [scale[0] * scale[0], c * scale[0] * scale[1]],
          [c * scale[0] * scale[1], scale[1] * scale[1]],
        ]);
        const well = eye(2);
        const b = tensor([[1], [2]]);
        const solved = await readAll([solve(a, b, { tolerance }), solve(well, b, { tolerance })], {
          device,
        });
        const what = `${device.name}: 1 - c² = ${pivot} at ${tolerance}`;
        assert.is(solved[0].every(Number.isFinite), kept, what);
        assert.is(solved[0].every(Number.isNaN), !kept, what);
        assert.equal([...solved[1]], [1, 2]);
      }
    }
  }
  assert.throws(() => solve(eye(2), eye(2), { tolerance: 0 }), /tolerance above 0, got 0/);
  assert.throws(() => solve(eye(2), eye(2), { tol: 1 } as object), /unknown option tol/);
});

test.run();
