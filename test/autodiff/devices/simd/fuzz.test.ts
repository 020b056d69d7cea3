/** @file Random expression graphs on the `simd` device against `reference`, by derived f32 bounds. */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Device } from '../../../../src/autodiff/devices/device.ts';
import { openSimd } from '../../../../src/autodiff/devices/simd/simd.ts';
import {
  add,
  concat,
  div,
  exp,
  gather,
  log1p,
  matmul,
  max,
  maximum,
  mul,
  pad,
  reshape,
  rowIndex,
  sddmm,
  segmentSum,
  sigmoid,
  slice,
  softplus,
  sparsePattern,
  spmm,
  spmmTransposed,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  transpose,
} from '../../../../src/autodiff/index.ts';
import { numbers } from '../cases.ts';
import { checkCase } from '../conformance.ts';
import { simdAccuracy } from './accuracy.ts';

/** A step makes a matrix of one or two before it; `a` and `b` pick them, `n` is a size or a seed. */
type Step = { readonly op: number; readonly a: number; readonly b: number; readonly n: number };

const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17, 33, 70];

const rowsOf = (x: Tensor): number => x.shape[0];
const columnsOf = (x: Tensor): number => x.shape[1];

/** Row numbers with repetitions and rows that none of them names. */
const indexOf = (count: number, rows: number, seed: number) =>
  rowIndex(Int32Array.from(numbers(count, 0, rows, seed), Math.floor), rows);

/** A pattern with about a third of the cells, whose rows at multiples of three are empty. */
function patternOf(rows: number, columns: number, seed: number) {
  const indptr = new Int32Array(rows + 1);
  const indices: number[] = [];
  const draws = numbers(rows * columns, 0, 1, seed);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (row % 3 !== 0 && draws[row * columns + column] < 0.35) indices.push(column);
    }
    indptr[row + 1] = indices.length;
  }
  return sparsePattern({ rows, columns, indptr, indices: Int32Array.from(indices) });
}

const fit = (x: Tensor, [rows, columns]: readonly number[]): Tensor => {
  const rowwise =
    rowsOf(x) === rows
      ? x
      : slice(gather(x, indexOf(rows, rowsOf(x), 3)), [0, 0], [rows, columnsOf(x)]);
  const narrow = slice(rowwise, [0, 0], [rows, Math.min(columns, columnsOf(x))]);
  return pad(narrow, [0, 0], [0, columns - columnsOf(narrow)]);
};

/** Every result is brought back to the size of 1, so that bounds stay small. */
const operations: readonly ((x: Tensor, y: Tensor, n: number) => Tensor)[] = [
  (x, y) => add(x, mul(0.5, fit(y, x.shape))),
  (x, y) => mul(x, tanh(fit(y, x.shape))),
  (x, y) => div(x, add(1.5, square(fit(y, x.shape)))),
  (x, y) => maximum(x, fit(y, x.shape)),
  (x) => exp(sub(x, max(x, 1, { keepDims: true }))),
  (x) => log1p(square(x)),
  (x) => sqrt(add(1, square(x))),
  (x) => sub(sigmoid(x), mul(0.1, softplus(x))),
  (x) => tanh(sum(x, 0, { keepDims: true })),
  (x) => sub(x, div(sum(x, 1, { keepDims: true }), columnsOf(x))),
  (x) => transpose(x),
  (x) => reshape(x, [columnsOf(x), rowsOf(x)]),
  (x, y) => concat(x, fit(y, x.shape), 1),
  (x, _y, n) =>
    pad(
      slice(x, [rowsOf(x) >> 1, 0], [rowsOf(x) - (rowsOf(x) >> 1), columnsOf(x)]),
      [1, n % 3],
      [0, 1],
    ),
  (x, y) => tanh(matmul(x, y, { transposeB: columnsOf(x) === columnsOf(y) })),
  (x) => tanh(matmul(x, x, { transposeB: true })),
  (x) => tanh(matmul(x, x, { transposeA: true })),
  (x, y) => tanh(matmul(x, fit(y, [columnsOf(x), columnsOf(y)]))),
  (x, _y, n) => gather(x, indexOf(n, rowsOf(x), n)),
  (x, _y, n) => tanh(segmentSum(x, indexOf(rowsOf(x), n, n))),
  (x, y, n) => {
    const pattern = patternOf(n, rowsOf(x), n);
    const values = sddmm(pattern, fit(y, [n, columnsOf(x)]), x);
    return tanh(spmm(pattern, tanh(values), x));
  },
  (x, _y, n) => {
    const pattern = patternOf(rowsOf(x), n, n);
    return tanh(spmmTransposed(pattern, tensor(numbers(pattern.row.size, -1, 1, n)), x));
  },
];

const matrix = (rows: number, columns: number, seed: number): Tensor =>
  tensor(numbers(rows * columns, -1, 1, seed), [rows, columns]);

function build(steps: readonly Step[], inputs: readonly Tensor[]): Tensor[] {
  const values = [...inputs];
  for (const { op, a, b, n } of steps) {
    const [x, y] = [a, b].map((i) => values[Math.max(0, values.length - 1 - (i % 5))]);
    const compatible = op !== 14 || columnsOf(x) === columnsOf(y) || columnsOf(x) === rowsOf(y);
    const result = operations[compatible ? op : 17](x, y, sizes[n]);
    if (result.size <= 5000) values.push(result);
  }
  return values.slice(Math.max(inputs.length, values.length - 3)).concat(values.slice(-1));
}

const step = fc.record({
  op: fc.nat(operations.length - 1),
  a: fc.nat(4),
  b: fc.nat(4),
  n: fc.nat(sizes.length - 1),
});

const size = fc.constantFrom(...sizes);

let vague = 0;

async function checkGraphs(device: Device, numRuns: number, seed: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      size,
      size,
      fc.array(step, { minLength: 1, maxLength: 7 }),
      async (m, n, steps) => {
        const inputs = [matrix(m, n, 1), matrix(n, m, 2)];
        const fn = (...given: Tensor[]) => build(steps, given);
        const name = JSON.stringify({ m, n, steps });
        await checkCase(device, simdAccuracy, { name, covers: [], inputs, fn, order: 1 }).catch(
          (error) => {
            // A tie within rounding, of which the derivative is anything, tells nothing.
            if (!error.message.includes('the bound says nothing')) throw error;
            vague++;
          },
        );
      },
    ),
    { seed, numRuns },
  );
}

/** fast-check keeps what went wrong as the cause of its own error, which uvu does not print. */
async function withCause(run: Promise<void>): Promise<void> {
  await run.catch((error: Error) => {
    throw new Error(`${error.message}\n${(error.cause as Error)?.message ?? ''}`);
  });
}

test('random graphs and their derivatives agree with reference', async () => {
  const device = await openSimd();
  const runs = Number(process.env.FUZZ_RUNS ?? 300);
  await withCause(checkGraphs(device, runs, Number(process.env.FUZZ_SEED ?? 5)));
  assert.ok(vague < runs / 5, `${vague} of ${runs} graphs told nothing`);
  await device.dispose();
});

test.run();
