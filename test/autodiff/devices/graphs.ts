/** @file Random expression graphs, of all primitives, as data that a page can be given too. */

import fc from 'fast-check';
import {
  add,
  backSubstitute,
  broadcastTo,
  cholesky,
  concat,
  crossEntropy,
  cumsum,
  customVjp,
  distinctRows,
  flip,
  forwardSubstitute,
  full,
  gather,
  indexTensor,
  linear,
  logSoftmax,
  logSumExp,
  matmul,
  max,
  mean,
  min,
  mul,
  norm,
  normalizeRows,
  oneHot,
  pad,
  prod,
  replaceRows,
  reshape,
  rowIndex,
  type Shape,
  sddmm,
  segmentSum,
  slice,
  softmax,
  solve,
  sparsePattern,
  spmm,
  spmmTransposed,
  stopGradient,
  sum,
  sumTo,
  type Tensor,
  tanh,
  tensor,
  transpose,
  upperTriangle,
} from '../../../src/autodiff/index.ts';
import * as math from '../../../src/autodiff/ops/broadcasting.ts';
import { weigh } from '../../../src/autodiff/ops/elementwise.ts';
import { blockSum } from '../../../src/autodiff/ops/reduce.ts';
import { sizeOf } from '../../../src/autodiff/tape/shape.ts';
import { type Case, numbers } from './cases.ts';

/** How an input is filled. */
const fills = ['plain', 'ties', 'saturated', 'special'] as const;

/** `op` makes a value of the ones before it that `a`, `b`, `c` pick; `n` and `m` are its settings. */
interface Step {
  readonly op: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly n: number;
  readonly m: number;
}

/**
 * A graph: the inputs, the addresses that all steps share, the steps, which of what is given is among
 * the results and where, and how many derivatives are taken.
 */
export interface Graph {
  readonly inputs: readonly { shape: Shape; fill: (typeof fills)[number]; seed: number }[];
  readonly addresses: { readonly count: number; readonly seed: number };
  readonly steps: readonly Step[];
  readonly returned: 'none' | 'first' | 'last';
  readonly order: 0 | 1 | 2;
}

const largestF32 = 3.4028234663852886e38;
const special = [0, -0, Infinity, -Infinity, NaN, 1, largestF32, -largestF32, 2 ** -126, 2 ** -149];

/** No tensor of a graph has more cells. */
const mostCells = 1500;

function filled({ shape, fill, seed }: Graph['inputs'][number]): Tensor {
  const cells = numbers(sizeOf(shape), -2, 2, seed);
  if (fill === 'ties') cells.forEach((x, i) => (cells[i] = Math.round(x)));
  if (fill === 'saturated') cells.forEach((x, i) => (cells[i] = x * 60));
  if (fill === 'special') {
    cells.forEach((x, i) => {
      if (x > 0) cells[i] = special[Math.floor(x * 1e4) % special.length];
    });
  }
  return tensor(cells, shape);
}

/** The cells of `x`, over and over, in another shape. */
function fit(x: Tensor, shape: Shape): Tensor {
  const count = sizeOf(shape);
  if (x.size === 0) return full(shape, 0.7);
  const index = Int32Array.from({ length: count }, (_, i) => i % x.size);
  return reshape(gather(reshape(x, [x.size]), rowIndex(index, x.size)), shape);
}

const matrixOf = (x: Tensor): Tensor => {
  const columns = x.shape.at(-1) ?? 1;
  const rows = x.shape.slice(0, -1).reduce((product, n) => product * n, 1);
  return reshape(x, [rows, columns]);
};

/** Axes by the bits of a number. */
const axesOf = (x: Tensor, bits: number): number[] =>
  x.shape.map((_, axis) => axis).filter((axis) => (bits >> axis) & 1);

/** Symmetric positive definite matrices made of `x`: the diagonal outweighs each row. */
function definite(x: Tensor, k: number, ...batch: number[]): Tensor {
  const part = mul(0.5 / Math.max(1, k), tanh(fit(x, [...batch, k, k])));
  const identity = Float64Array.from({ length: k * k }, (_, i) => (i % (k + 1) === 0 ? 2 : 0));
  const axes = batch.map((_, axis) => axis);
  const mirrored = transpose(part, [...axes, axes.length + 1, axes.length]);
  return add(add(part, mirrored), tensor(identity, [k, k]));
}

/** A pattern with about a third of the cells. */
function patternOf(rows: number, columns: number, seed: number) {
  const indptr = new Int32Array(rows + 1);
  const indices: number[] = [];
  const draws = numbers(rows * columns, 0, 1, seed);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (draws[row * columns + column] < 0.35) indices.push(column);
    }
    indptr[row + 1] = indices.length;
  }
  return sparsePattern({ rows, columns, indptr, indices: Int32Array.from(indices) });
}

/** Row numbers, some of them more than once. */
const rowsOf = (count: number, rows: number, seed: number) =>
  rowIndex(Int32Array.from(numbers(rows === 0 ? 0 : count, 0, rows, seed), Math.floor), rows);

interface Settings {
  readonly n: number;
  readonly m: number;
  /** Addresses, which are numbers too where they are computed with. */
  readonly addresses: Tensor;
}

type Make = (x: Tensor, y: Tensor, z: Tensor, settings: Settings) => Tensor;

const small = (n: number): number => [0, 1, 2, 3, 5, 9][n % 6];

const unary = ['neg', 'exp', 'expm1', 'log', 'log1p', 'sqrt', 'tanh', 'abs', 'sign', 'relu'];
const saturating = ['sigmoid', 'softplus', 'selu', 'square', 'sin', 'cos'];
const binary = ['add', 'sub', 'mul', 'div', 'pow', 'maximum', 'minimum'];
const comparisons = ['less', 'lessEqual', 'equal', 'greater', 'greaterEqual'];
const named = math as unknown as { readonly [name: string]: (...x: Tensor[]) => Tensor };

const cellwise: Make[] = [
  ...[...unary, ...saturating].map(
    (name): Make =>
      (x) =>
        named[name](x),
  ),
  ...[...binary, ...comparisons].map(
    (name): Make =>
      (x, y) =>
        named[name](x, fit(y, x.shape)),
  ),
  // One row for all.
  (x, y) => add(x, fit(y, [x.shape.at(-1) ?? 1])),
  // Both sides are repeated.
  (x, y) => mul(reshape(x, [x.size, 1]), fit(y, [1, 3])),
  (x, y, z) =>
    math.where(z.size === x.size ? reshape(z, x.shape) : fit(z, x.shape), x, fit(y, x.shape)),
  (x, y) => weigh(fit(y, x.shape), x),
  (x) => math.square(math.sqrt(x)),
  (x, _y, _z, { n }) => math.pow(x, full(x.shape, (n % 6) - 2)),
  (x, _y, _z, { n }) => mul(x, special[n % special.length]),
  (x, _y, _z, { n }) => add(x, full(x.shape, special[n % special.length])),
  // Constants alone.
  (x, _y, _z, { n }) => full(x.shape, special[n % special.length]),
  (x) => add(mul(stopGradient(x), 0.5), x),
  (x) =>
    customVjp<Tensor>(
      (at) => mul(at, at),
      (ct, at) => mul(mul(2, ct), at),
    )(x),
];

const views: Make[] = [
  (x) => reshape(x, [...x.shape].reverse()),
  (x) => reshape(x, [x.size]),
  (x) => (x.shape.length < 4 ? reshape(x, [1, ...x.shape]) : x),
  (x) => transpose(x),
  (x, _y, _z, { n }) => transpose(x, rotated(x.shape.length, n)),
  (x, _y, _z, { n }) => flip(x, axesOf(x, n)),
  (x, _y, _z, { n, m }) => {
    const start = x.shape.map((size) => n % (size + 1));
    const size = x.shape.map((all, axis) => Math.min(all - start[axis], m));
    return slice(x, start, size);
  },
  (x, _y, _z, { n, m }) =>
    pad(
      x,
      x.shape.map((_, axis) => (n >> axis) & 1),
      x.shape.map((_, axis) => ((m >> axis) & 1) * 2),
    ),
  (x, y, _z, { n, m }) => {
    if (x.shape.length === 0) return x;
    const axis = n % x.shape.length;
    const shape = x.shape.map((size, i) => (i === axis ? small(m) : size));
    return concat(x, fit(y, shape), axis);
  },
  (x, _y, _z, { n }) => (x.shape.length < 4 ? broadcastTo(x, [small(n), ...x.shape]) : x),
  (x, _y, _z, { n }) => {
    const ones = reshape(
      sum(x, axesOf(x, n), { keepDims: true }),
      x.shape.map((size, axis) => ((n >> axis) & 1 ? 1 : size)),
    );
    return broadcastTo(ones, x.shape);
  },
];

const rotated = (rank: number, by: number): number[] =>
  Array.from({ length: rank }, (_, i) => (i + by) % rank);

const folds: Make[] = [
  (x, _y, _z, { n }) => sum(x, axesOf(x, n)),
  (x) => sum(x),
  (x, _y, _z, { n }) => mean(x, axesOf(x, n), { keepDims: true }),
  (x, _y, _z, { n }) => {
    const axes = axesOf(x, n).filter((axis) => x.shape[axis] > 0);
    return max(x, axes);
  },
  (x, _y, _z, { n }) => {
    const axes = axesOf(x, n).filter((axis) => x.shape[axis] > 0);
    return min(x, axes);
  },
  (x, _y, _z, { n }) => prod(x, axesOf(x, n)),
  (x) => (x.shape.length > 0 ? cumsum(x, -1) : x),
  (x, _y, _z, { n }) => (x.shape.length > 0 ? norm(x, axesOf(x, n)) : x),
  (x, _y, _z, { n }) => sumTo(x, x.shape.slice(n % (x.shape.length + 1))),
  (x, _y, _z, { n }) => blockSum(reshape(x, [x.size]), 1 + n),
  (x, _y, _z, { n }) => (x.shape.length === 3 ? blockSum(x, 1 + n) : x),
  (x) => (x.shape.length > 0 ? softmax(x) : x),
  (x) => (x.shape.length > 0 ? logSoftmax(x) : x),
  (x) => (x.shape.length > 0 ? logSumExp(x) : x),
  (x) => (x.shape.length > 0 ? normalizeRows(x) : x),
  (x, y) => {
    const rows = matrixOf(x);
    return rows.shape[1] > 0 ? crossEntropy(rows, softmax(fit(y, rows.shape))) : sum(x);
  },
  (x, y, _z, { n, m }) => {
    const a = matrixOf(x);
    const [rows, inner] = a.shape;
    const [transposeA, transposeB] = [(m & 1) === 1, (m & 2) === 2];
    const [k, other] = [transposeA ? rows : inner, small(n)];
    return matmul(a, fit(y, transposeB ? [other, k] : [k, other]), { transposeA, transposeB });
  },
  (x, y, _z, { n }) => {
    if (x.shape.length < 2) return x;
    const k = x.shape[x.shape.length - 1];
    return matmul(x, fit(y, [...x.shape.slice(0, -2), k, small(n)]));
  },
  (x, y, z, { n }) => {
    const rows = matrixOf(x);
    return linear(rows, fit(y, [small(n), rows.shape[1]]), fit(z, [small(n)]));
  },
];

const indexed: Make[] = [
  (x, _y, _z, { n, m }) => (x.shape.length > 0 ? gather(x, rowsOf(small(n), x.shape[0], m)) : x),
  (x, _y, _z, { n, m }) => {
    const rows = small(n);
    if (x.shape.length === 0 || (rows === 0 && x.shape[0] > 0)) return x;
    return segmentSum(x, rowsOf(x.shape[0], rows, m));
  },
  (x, y, _z, { n, m }) => {
    const dense = matrixOf(x);
    const pattern = patternOf(small(n), dense.shape[0], m);
    return spmm(pattern, fit(y, pattern.row.shape), dense);
  },
  (x, y, _z, { n, m }) => {
    const dense = matrixOf(x);
    const pattern = patternOf(dense.shape[0], small(n), m);
    return spmmTransposed(pattern, fit(y, pattern.row.shape), dense);
  },
  (x, y, _z, { n, m }) => {
    const [p, rows] = [matrixOf(x), small(n)];
    return sddmm(patternOf(p.shape[0], rows, m), p, fit(y, [rows, p.shape[1]]));
  },
  (x, y, _z, { n }) => {
    if (x.shape.length === 0) return x;
    const [rows, ...rest] = x.shape;
    const chosen = Int32Array.from({ length: Math.min(rows, n) }, (_, i) => rows - 1 - i);
    const at = distinctRows(chosen, rows);
    return replaceRows(x, at, fit(y, [at.index.size, ...rest]));
  },
];

const systems: Make[] = [
  (x, _y, _z, { n }) => upperTriangle(fit(x, [small(n), small(n)]), 0.5),
  (x, _y, _z, { n }) => cholesky(definite(x, n % 5)),
  (x, y, _z, { n, m }) => solve(definite(x, n % 5), fit(y, [n % 5, small(m)])),
  (x, y, _z, { n, m }) => forwardSubstitute(definite(x, n % 5), fit(y, [n % 5, small(m)])),
  (x, y, _z, { n, m }) => backSubstitute(definite(x, n % 5), fit(y, [n % 5, small(m)])),
];

/** Addresses as numbers: beside others, alone, and as classes. */
const addressed: Make[] = [
  (x, _y, _z, { addresses }) => mul(reshape(x, [x.size, 1]), addresses),
  (x, _y, _z, { addresses }) => add(x, sum(addresses)),
  (_x, _y, _z, { addresses, n }) => math.maximum(addresses, n),
  (_x, _y, _z, { addresses }) => oneHot(addresses, 3),
];

/** Batches of systems, of one equation and one right-hand side at times. */
const batched: Make[] = [solve, forwardSubstitute, backSubstitute].map(
  (solved): Make =>
    (x, y, _z, { n, m }) => {
      const [batch, k, sides] = [2 + (n % 3), 1 + (m % 2), n < 6 ? 1 : 2];
      return solved(definite(x, k, batch), fit(y, [batch, k, sides]));
    },
);

const makers: readonly Make[] = [
  ...cellwise,
  ...views,
  ...folds,
  ...indexed,
  ...systems,
  ...addressed,
  ...batched,
  (x, _y, _z, { n, m }) => cholesky(definite(x, 1 + (m % 2), 2 + (n % 3))),
];

const dimension = fc.constantFrom(0, 1, 1, 2, 3, 4, 5, 9, 17);

/** Draws graphs; most are free of infinities, so that their bounds say something. */
export const graphs: fc.Arbitrary<Graph> = fc.record({
  inputs: fc.array(
    fc.record({
      shape: fc.array(dimension, { maxLength: 4 }),
      fill: fc.oneof(
        { arbitrary: fc.constantFrom(...fills.slice(0, 3)), weight: 9 },
        { arbitrary: fc.constant('special' as const), weight: 1 },
      ),
      seed: fc.nat(1e6),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  addresses: fc.record({ count: fc.constantFrom(1, 3, 5), seed: fc.nat(1e6) }),
  steps: fc.array(
    fc.record({
      op: fc.nat(makers.length - 1),
      a: fc.nat(3),
      b: fc.nat(5),
      c: fc.nat(5),
      n: fc.nat(9),
      m: fc.nat(9),
    }),
    { minLength: 1, maxLength: 7 },
  ),
  returned: fc.constantFrom('none', 'first', 'last'),
  order: fc.constantFrom(0, 1, 2),
});

function build(steps: readonly Step[], inputs: readonly Tensor[], addresses: Tensor): Tensor[] {
  const values = [...inputs];
  for (const { op, a, b, c, n, m } of steps) {
    const [x, y, z] = [a, b, c].map((i) => values[Math.max(0, values.length - 1 - i)]);
    const made = makers[op](x, y, z, { n, m, addresses });
    if (made.size <= mostCells) values.push(made);
  }
  return values.slice(-2);
}

/** A graph as a case of the conformance checks, and what of its leaves is among the results. */
export function caseOf(graph: Graph): Case & { readonly returned: readonly Tensor[] } {
  const inputs = graph.inputs
    .map((input) => ({ ...input, shape: sizeOf(input.shape) <= mostCells ? input.shape : [3] }))
    .map(filled);
  const { count, seed } = graph.addresses;
  const addresses = indexTensor(Int32Array.from(numbers(count, -2, 5, seed), Math.floor));
  return {
    name: JSON.stringify(graph),
    covers: [],
    inputs,
    fn: (...given) => build(graph.steps, given, addresses),
    order: graph.order,
    returned: graph.returned === 'none' ? [] : [addresses, inputs[0]],
  };
}
