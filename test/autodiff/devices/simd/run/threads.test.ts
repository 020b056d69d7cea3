/** @file Worker threads: results do not depend on their number, bit for bit. */

import '../wasm/relaxed-flag.ts';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openSimd } from '../../../../../src/autodiff/devices/simd/simd.ts';
import {
  add,
  exp,
  logSoftmax,
  matmul,
  openDevice,
  pow,
  readAll,
  reshape,
  solve,
  sparsePattern,
  spmm,
  sum,
  type Tensor,
  tensor,
} from '../../../../../src/autodiff/index.ts';
import { numbers } from '../../cases.ts';
import { expectEqualBits, withDevices } from './equal-bits.ts';

const matrix = (rows: number, columns: number, seed: number): Tensor =>
  tensor(numbers(rows * columns, -1, 1, seed), [rows, columns]);

const flags = [false, true].flatMap((transposeA) =>
  [false, true].map((transposeB) => ({ transposeA, transposeB })),
);

test('batched products whose panels are larger than the cache are right on any number of threads', () =>
  withDevices(async (devices) => {
    const reference = await openDevice('reference');
    const terms = 512;
    const batch = (rows: number, columns: number, seed: number) =>
      tensor(numbers(9 * rows * columns, -1, 1, seed), [9, rows, columns]);
    const gram = (x: Tensor) => matmul(x, x, { transposeA: true });
    const outputs = [
      gram(batch(terms, 201, 1)),
      add(gram(batch(363, 128, 2)), gram(batch(131, 128, 3))),
    ];
    await expectEqualBits(devices, outputs, 5);
    const [got, expected] = await Promise.all(
      [devices[0], reference].map((device) => readAll(outputs, { device })),
    );
    // Sums of at most 512 products below 1, each rounded twice to 24 bits.
    const tolerance = 2 * terms * terms * 2 ** -24;
    expected.forEach((cells, i) => {
      const wrong = cells.findIndex(
        (x: number, j: number) => !(Math.abs(x - got[i][j]) <= tolerance),
      );
      assert.is(wrong, -1, `output ${i}, cell ${wrong}: ${got[i][wrong]}, not ${cells[wrong]}`);
    });
  }));

test('products, sums, functions and sparse rows are the same on 1, 2 and 4 threads', () =>
  withDevices(async (devices) => {
    const [x, y] = [matrix(301, 403, 1), matrix(403, 301, 2)];
    const square = matrix(350, 350, 3);
    const indptr = Int32Array.from({ length: 3001 }, (_, row) => Math.floor(row / 3) * 60);
    const indices = Int32Array.from({ length: indptr[3000] }, (_, i) => (i * 7919) % 301);
    const pattern = sparsePattern({ rows: 3000, columns: 301, indptr, indices });
    const values = tensor(numbers(indices.length, -1, 1, 4));
    const outputs = [
      matmul(x, y),
      ...flags.map((flag) => matmul(square, square, flag)),
      matmul(matrix(2000, 90, 5), matrix(2000, 101, 6), { transposeA: true }),
      logSoftmax(matrix(513, 1031, 7)),
      exp(matrix(1021, 1031, 8)),
      pow(exp(matrix(700, 701, 12)), matrix(700, 701, 13)),
      sum(matrix(900, 1403, 9), 1),
      sum(matrix(1403, 900, 10), 0),
      sum(matrix(1403, 901, 11)),
      spmm(pattern, values, x),
    ];
    await expectEqualBits(devices, outputs, 5);
  }));

test('products of any shape are the same on 1, 2 and 4 threads', () =>
  withDevices(async (devices) => {
    const size = fc.integer({ min: 1, max: 400 });
    const flag = fc.constantFrom(...flags);
    await fc.assert(
      fc.asyncProperty(size, size, size, flag, async (m, k, n, form) => {
        const a = form.transposeA ? matrix(k, m, 1) : matrix(m, k, 1);
        const b = form.transposeB ? matrix(n, k, 2) : matrix(k, n, 2);
        await expectEqualBits(devices, [matmul(a, b, form)]);
      }),
      { seed: 6, numRuns: 25 },
    );
  }));

test('solutions of systems are the same on 1, 2 and 4 threads', () =>
  withDevices(async (devices) => {
    const systems = (count: number, k: number, m: number): Tensor => {
      const cells = numbers(count * k * k, -1, 1, 1);
      const a = cells.map((x, i) => ((i % (k * k)) % (k + 1) === 0 ? 2 * k : x));
      const b = tensor(numbers(count * k * m, -1, 1, 2), [count, k, m]);
      return solve(tensor(a, [count, k, k]), b);
    };
    const alone = reshape(systems(1, 65, 3), [65, 3]);
    await expectEqualBits(devices, [systems(301, 33, 1), systems(50, 65, 5), alone], 5);
  }));

test('a number of threads that is none is an error', async () => {
  for (const threads of [0, -1, 1.5, Number.NaN]) {
    await openSimd({ threads }).then(
      () => assert.unreachable(),
      (error) => assert.match(error.message, /expected 1 to 512 threads, got/),
    );
  }
});

test.run();
