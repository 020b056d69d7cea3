/** @file One case or more for each primitive, over sizes around the limits that devices have. */

import {
  add,
  backSubstitute,
  broadcastTo,
  cholesky,
  concat,
  customVjp,
  distinctRows,
  flip,
  forwardSubstitute,
  full,
  gather,
  indexTensor,
  matmul,
  max,
  mul,
  pad,
  type RowIndex,
  replaceRows,
  reshape,
  rowIndex,
  type SparsePattern,
  sddmm,
  segmentSum,
  slice,
  solve,
  sparsePattern,
  spmm,
  spmmTransposed,
  stopGradient,
  sum,
  sumTo,
  type Tensor,
  type Tree,
  tensor,
  transpose,
  upperTriangle,
} from '../../../src/autodiff/index.ts';
import * as math from '../../../src/autodiff/ops/broadcasting.ts';
import { logisticDensity, seluSlope, weigh } from '../../../src/autodiff/ops/elementwise.ts';
import { blockSum } from '../../../src/autodiff/ops/reduce.ts';
import { identity } from '../../../src/autodiff/ops/view.ts';
import { sizeOf } from '../../../src/autodiff/tape/shape.ts';

/** A function of real tensors with the numbers to try it on. */
export interface Case {
  readonly name: string;
  /** The primitives that it is there for. */
  readonly covers: readonly string[];
  readonly inputs: readonly Tensor[];
  readonly fn: (...inputs: Tensor[]) => Tree;
  /** Derivatives to take as well: of the function, and of its derivative. Default 2. */
  readonly order?: 0 | 1 | 2;
}

/** The same f32 numbers everywhere, uniform in `[from, to)`. */
export function numbers(size: number, from = -1, to = 1, seed = 1): Float32Array {
  let state = (seed * 2654435761) >>> 0;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return from + ((to - from) * (state >>> 8)) / 2 ** 24;
  });
}

const real = (shape: readonly number[], from = -1, to = 1, seed = 1): Tensor =>
  tensor(numbers(sizeOf(shape), from, to, seed), shape);

/** Numbers of which the first are given: the points where functions are hard. */
function withPoints(points: readonly number[], size: number, from: number, to: number, seed = 1) {
  const data = numbers(size, from, to, seed);
  data.set(points.slice(0, size));
  return tensor(data, [size]);
}

const hard = [0, -0, 1, -1, 2 ** -20, -(2 ** -20), 0.5, -0.5];

type Range = readonly [from: number, to: number, points?: readonly number[]];

/** Where each function of one number is tried. */
const unaryRanges: { readonly [name: string]: Range } = {
  neg: [-3, 3, hard],
  exp: [-30, 30, [...hard, -80, 80]],
  expm1: [-30, 30, [...hard, -80, 80, 1e-7, -1e-7, 0.3, -0.3]],
  log: [1e-3, 20, [1, 1e-30, 1e30, 1 + 2 ** -20, 1 - 2 ** -20]],
  log1p: [-0.9, 20, [0, 1e-7, -1e-7, 1e-3, -1e-3, 0.3, -0.3, 1e6]],
  sqrt: [0, 20, [0, 0, 1, 1e-12, 1e12]],
  tanh: [-5, 5, [...hard, -30, 30, 1e-3]],
  sin: [-20, 20, [...hard, 1e-3, Math.PI, Math.PI / 2, 100, -1000]],
  cos: [-20, 20, [...hard, 1e-3, Math.PI, Math.PI / 2, 100, -1000]],
  abs: [-3, 3, hard],
  sign: [-3, 3, hard],
  relu: [-3, 3, hard],
  sigmoid: [-12, 12, [...hard, -60, 60]],
  logisticDensity: [-12, 12, [...hard, -60, 60]],
  softplus: [-12, 12, [...hard, -60, 60]],
  selu: [-6, 6, hard],
  seluSlope: [-6, 6, hard],
};

type Binary = (x: Tensor, y: Tensor) => Tensor;

const unaryCases = (size: number): Case[] =>
  Object.entries(unaryRanges).map(([name, [from, to, points = []]]) => ({
    name: `${name} of ${size} cells`,
    covers: [name],
    inputs: [withPoints(points, size, from, to)],
    fn: (
      { ...math, logisticDensity, seluSlope } as unknown as {
        [name: string]: (x: Tensor) => Tensor;
      }
    )[name],
  }));

const binaryNames = ['add', 'sub', 'mul', 'maximum', 'minimum', 'less', 'lessEqual', 'equal'];

function binaryCases(size: number): Case[] {
  const named = math as unknown as { [name: string]: Binary };
  // Equal cells at the hard points: ties of the comparisons.
  const pair = [withPoints(hard, size, -3, 3, 2), withPoints(hard, size, -3, 3, 3)];
  const simple = binaryNames.map((name) => ({
    name: `${name} of ${size} cells`,
    covers: [name],
    inputs: pair,
    fn: named[name],
  }));
  const divisor = withPoints([1, -1, 3, 1e-3], size, 0.5, 4, 4);
  const bases = withPoints([0, 1, 2, 1e-3, 30], size, 0.1, 4, 5);
  const exponents = withPoints([2, 0, 3, 2, 0.5], size, -2, 3, 6);
  const negative = withPoints([-2, -1.5, -0.5, -3, 2], size, -2, -0.1, 7);
  const whole = tensor(numbers(size, 0, 4, 8).map(Math.floor), [size]);
  const test = tensor(numbers(size, -1, 1, 9).map(Math.round), [size]);
  return [
    ...simple,
    { name: `div of ${size} cells`, covers: ['div'], inputs: [pair[0], divisor], fn: named.div },
    { name: `pow of ${size} cells`, covers: ['pow'], inputs: [bases, exponents], fn: named.pow },
    {
      name: `pow of ${size} negative bases`,
      covers: ['pow'],
      inputs: [negative],
      fn: (x) => math.pow(x, whole),
    },
    {
      name: `weigh of ${size} cells`,
      covers: ['weigh'],
      inputs: [withPoints([0, -0, 1], size, -3, 3, 10), pair[1]],
      fn: (x, y) => weigh(x, y),
    },
    {
      name: `square of ${size} roots`,
      covers: ['squaredRoot'],
      inputs: [withPoints([0, 0, 1, 1e-12, 1e12], size, 0, 20)],
      fn: (x) => math.square(math.sqrt(x)),
    },
    {
      name: `where of ${size} cells`,
      covers: ['where', 'full'],
      inputs: pair,
      fn: (x, y) => mul(math.where(test, x, math.square(y)), full([size], 0.3)),
    },
  ];
}

/** Two axes with about `size` cells, neither a power of two. */
const rowsFor = (size: number): number => Math.max(1, Math.floor(size / 7));

function viewCases(size: number): Case[] {
  const n = rowsFor(size);
  const matrix = real([n, 7], -2, 2, 11);
  const view = (
    name: string,
    covers: string[],
    fn: (...inputs: Tensor[]) => Tensor,
    inputs = [matrix],
  ): Case => ({
    name: `${name} of ${size} cells`,
    covers,
    inputs,
    // A product, so that the second derivative is not zero everywhere.
    fn: (...given) => math.square(fn(...given)),
  });
  return [
    view('aliases', ['identity', 'stopGradient'], (x) => add(identity(x), stopGradient(x))),
    view(
      'custom',
      ['custom'],
      customVjp<Tensor>(math.square, (ct, at) => mul(ct, mul(at, 2))),
    ),
    view('reshape', ['reshape'], (x) => reshape(transpose(x), [n, 7])),
    view('transpose', ['transpose'], (x) => transpose(reshape(x, [7, n, 1]), [1, 2, 0])),
    view('slice', ['slice', 'pad'], (x) => slice(x, [0, 2], [n, 3])),
    view('pad', ['pad', 'slice'], (x) => pad(x, [3, 0], [1, 2])),
    view('concat', ['concat'], (x, y) => concat(x, y, 1), [matrix, real([n, 3], -2, 2, 12)]),
    view('concat of rows', ['concat'], (x, y) => concat(x, y, 0), [matrix, real([5, 7])]),
    view('broadcastTo', ['broadcastTo', 'sum'], (x) => broadcastTo(x, [3, n, 7]), [real([n, 1])]),
    view('sumTo', ['sum', 'broadcastTo'], (x) => sumTo(x, [7])),
    view('max of rows', ['max'], (x) => max(x, 1)),
  ];
}

function reductionCases(size: number): Case[] {
  const vector = real([size], -1, 1, 13);
  return [
    { name: `sum of ${size} terms`, covers: ['sum'], inputs: [vector], fn: (x) => sum(mul(x, x)) },
    {
      name: `sum of columns of ${size} terms`,
      covers: ['sum'],
      inputs: [real([size, 3])],
      fn: (x) => math.square(sum(x, 0)),
    },
    ...[33, size + 1].map((block) => ({
      name: `blocks of ${block} of ${size} terms`,
      covers: ['blockSum', 'blockRepeat'],
      inputs: [vector],
      fn: (x: Tensor) => math.square(blockSum(x, block)),
    })),
    ...[33, size + 1].map((block) => ({
      name: `blocks of ${block} of ${size} rows of ${size > 100 ? 3 : 5}`,
      covers: ['blockSum', 'blockRepeat'],
      inputs: [real([2, size, size > 100 ? 3 : 5])],
      fn: (x: Tensor) => math.square(blockSum(x, block)),
    })),
    { name: `max of ${size} cells`, covers: ['max'], inputs: [vector], fn: (x) => max(x) },
    {
      name: `matmul with ${size} terms`,
      covers: ['matmul'],
      inputs: [real([3, size], -1, 1, 14), real([size, 2], -1, 1, 15)],
      fn: (a, b) => matmul(a, b),
    },
  ];
}

/** Products with every pair of flags, over batches, with sizes that divide by nothing. */
function matmulCases(): Case[] {
  const flags = [false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => ({ transposeA, transposeB })),
  );
  const oriented = (m: number, n: number, swap: boolean) => (swap ? [n, m] : [m, n]);
  return flags.flatMap(({ transposeA, transposeB }) =>
    [[], [3]].map((batch) => ({
      name: `matmul${transposeA ? ' Aᵀ' : ''}${transposeB ? ' Bᵀ' : ''} batch [${batch}]`,
      covers: ['matmul'],
      inputs: [
        real([...batch, ...oriented(9, 13, transposeA)], -1, 1, 16),
        real([...batch, ...oriented(13, 6, transposeB)], -1, 1, 17),
      ],
      fn: (a: Tensor, b: Tensor) => matmul(a, b, { transposeA, transposeB }),
    })),
  );
}

/** A pattern whose first row is `longest` wide, with empty rows and columns between. */
function patternOf(rows: number, columns: number, longest: number): SparsePattern {
  const indptr = new Int32Array(rows + 1);
  const indices: number[] = [];
  for (let row = 0; row < rows; row++) {
    const width = row === 0 ? longest : row % 3 === 1 ? 0 : 2;
    for (let i = 0; i < width; i++) indices.push(row === 0 ? i : (row * 5 + i * 7) % columns);
    indptr[row + 1] = indices.length;
  }
  return sparsePattern({ rows, columns, indptr, indices: Int32Array.from(indices) });
}

function sparseCases(longest: number): Case[] {
  const [rows, columns, k] = [11, longest + 3, 3];
  const pattern = patternOf(rows, columns, longest);
  const values = real(pattern.row.shape, -1, 1, 18);
  const [tall, wide] = [real([columns, k], -1, 1, 19), real([rows, k], -1, 1, 20)];
  const index = indexRows(longest, 13);
  const padded = distinctRows(Int32Array.of(4, 12, 0, 7), 13, 9);
  const [indptr, indices] = [Int32Array.of(0, 1, 4), Int32Array.of(3, 0, 1, 3)];
  const few = sparsePattern({ rows: 2, columns: 4, indptr, indices }, 7);
  const reversed = Int32Array.from({ length: longest }, (_, i) => longest + 1 - i);
  const named = (name: string, inputs: Tensor[], fn: Case['fn']): Case => ({
    name: `${name} with a row of ${longest} entries`,
    covers: [name],
    inputs,
    fn,
  });
  return [
    named('spmm', [values, tall], (v, d) => spmm(pattern, v, d)),
    named('spmmTransposed', [values, wide], (v, d) => spmmTransposed(pattern, v, d)),
    named('sddmm', [wide, tall], (p, q) => sddmm(pattern, p, q)),
    named('gather', [real([13, 2])], (x) => math.square(gather(x, index))),
    named('segmentSum', [real([longest, 2])], (x) => math.square(segmentSum(x, index))),
    named('gather', [real([13, 2])], (x) => math.square(gather(x, padded))),
    named('segmentSum', [real([9, 2])], (x) => math.square(segmentSum(x, padded))),
    named('sddmm', [real([2, 3]), real([4, 3])], (p, q) => sddmm(few, p, q)),
    named('spmm', [real([7]), real([4, 3])], (v, d) => spmm(few, v, d)),
    named('replaceRows', [real([longest + 2, 3]), real([longest + 1, 3], -1, 1, 21)], (x, y) =>
      math.square(replaceRows(x, distinctRows(reversed, longest + 2, longest + 1), y)),
    ),
  ];
}

/** Row numbers most of which are the same row, and some rows never. */
function indexRows(count: number, rows: number): RowIndex {
  return rowIndex(
    Int32Array.from({ length: count }, (_, i) => (i % 50 === 0 ? (i / 50) % (rows - 2) : 4)),
    rows,
  );
}

/**
 * Reads far into large tensors, where f32 arithmetic on addresses would round: the tensors hold
 * their own addresses, so a wrong one shows.
 */
export function addressCases(cells: number): Case[] {
  const count = Float32Array.from({ length: cells }, (_, i) => i);
  const rows = Math.floor(cells / 1009);
  const table = tensor(count.subarray(0, rows * 1009), [rows, 1009]);
  const index = indexTensor(Int32Array.from({ length: 99 }, (_, i) => rows - 1 - i * 3));
  const unused = indexTensor(new Int32Array(rows + 1));
  const far = { index, start: unused, order: indexTensor(new Int32Array(99)) };
  const order0 = (name: string, fn: Case['fn']): Case => ({
    name: `${name} of ${cells} cells`,
    covers: [],
    inputs: [table],
    fn,
    order: 0,
  });
  const tail = (x: Tensor, n: number) => slice(x, [x.size - n], [n]);
  return [
    order0('far rows', (x) => gather(x, far)),
    order0('far cells', (x) => tail(reshape(transpose(x), [x.size]), 4097)),
    order0('far cells by odd divisors', (x) =>
      tail(reshape(transpose(reshape(x, [1009, rows])), [x.size]), 1001),
    ),
  ];
}

/**
 * Matrices `[batch,k,k]` with cells in (-1, 1) and a diagonal of 2 k: every row outweighs what is
 * beside its diagonal twice, so that the bound of a row is at most about what those before it add
 * up to, and does not grow from row to row.
 */
function dominant(batch: readonly number[], k: number): Tensor {
  const cells = numbers(sizeOf(batch) * k * k, -1, 1, 21);
  return tensor(
    cells.map((x, i) => ((i % (k * k)) % (k + 1) === 0 ? 2 * k : x)),
    [...batch, k, k],
  );
}

/** Systems of `k` equations with `m` right-hand sides each. */
export function solveCases(sizes: readonly (readonly [k: number, m: number])[]): Case[] {
  return sizes.flatMap(([k, m]) => {
    const batch = k % 2 === 0 ? [3] : k % 3 === 0 ? [2, 2] : [];
    const a = dominant(batch, k);
    const b = real([...batch, k, m], -1, 1, 22);
    const named = (name: string, covers: string[], fn: Case['fn'], inputs = [a, b]): Case => ({
      name: `${name} of ${k} equations, ${m} right-hand sides`,
      covers,
      inputs,
      fn,
    });
    return [
      named('solve', ['cholesky', 'upperTriangle'], (x, y) => solve(x, y)),
      named('cholesky', ['cholesky', 'upperTriangle'], (x) => cholesky(x), [a]),
      named('forwardSubstitute', ['forwardSubstitute'], (x, y) => forwardSubstitute(x, y)),
      named('backSubstitute', ['flip'], (x, y) => backSubstitute(x, y)),
      named('upperTriangle', ['upperTriangle'], (x) => math.square(upperTriangle(x, 0.5)), [a]),
      named('flip', ['flip'], (x) => math.square(flip(x, [0, x.shape.length - 1])), [b]),
    ];
  });
}

/** All cases at these sizes of maps and views and these lengths of sums. */
export function primitiveCases(sizes: readonly number[], lengths: readonly number[]): Case[] {
  return [
    ...sizes.flatMap((size) => [...unaryCases(size), ...binaryCases(size), ...viewCases(size)]),
    ...lengths.flatMap((length) => [...reductionCases(length), ...sparseCases(length)]),
    ...matmulCases(),
    ...solveCases([
      [1, 1],
      [2, 1],
      [3, 2],
      [5, 6],
    ]),
  ];
}
