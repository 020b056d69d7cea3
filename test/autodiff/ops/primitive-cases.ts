/** @file For each primitive functions that use it, at random points where they are smooth. */

import {
  backSubstitute,
  broadcastTo,
  cholesky,
  concat,
  customVjp,
  flip,
  forwardSubstitute,
  full,
  gather,
  matmul,
  mul,
  pad,
  replaceRows,
  reshape,
  rowIndex,
  sddmm,
  segmentSum,
  slice,
  solve,
  spmm,
  spmmTransposed,
  sumTo,
  type Tensor,
  tensor,
  transpose,
  upperTriangle,
} from '../../../src/autodiff/index.ts';
import * as cellwise from '../../../src/autodiff/ops/elementwise.ts';
import { blockSum, maxOver, sumOver } from '../../../src/autodiff/ops/reduce.ts';
import { identity } from '../../../src/autodiff/ops/view.ts';
import type { Draw } from '../draw.ts';

/** A function of some tensors and a point at which its derivatives are checked. */
export interface Case {
  readonly inputs: readonly Tensor[];
  fn(inputs: readonly Tensor[]): Tensor;
}

type MakeCase = (draw: Draw) => Case;

const unaryCase =
  (fn: (x: Tensor) => Tensor, low = -2, high = 2): MakeCase =>
  (draw) => ({
    inputs: [draw.uniform(draw.shape(draw.integer(0, 3)), low, high)],
    fn: ([x]) => fn(x),
  });

/** At numbers away from 0. */
const kinkedCase =
  (fn: (x: Tensor) => Tensor): MakeCase =>
  (draw) => ({ inputs: draw.spaced(draw.shape(draw.integer(0, 3)), 1), fn: ([x]) => fn(x) });

const binaryCase =
  (fn: (x: Tensor, y: Tensor) => Tensor, low = -2, high = 2): MakeCase =>
  (draw) => {
    const shape = draw.shape(draw.integer(0, 3));
    const inputs = [draw.uniform(shape, low, high), draw.uniform(shape, low, high)];
    return { inputs, fn: ([x, y]) => fn(x, y) };
  };

/** At pairs of numbers away from each other. */
const tiedCase =
  (fn: (x: Tensor, y: Tensor) => Tensor): MakeCase =>
  (draw) => ({ inputs: draw.spaced(draw.shape(draw.integer(0, 2)), 2), fn: ([x, y]) => fn(x, y) });

const viewCase = (
  rank: number,
  make: (draw: Draw, x: Tensor) => (x: Tensor) => Tensor,
): MakeCase => {
  return (draw) => {
    const x = draw.uniform(draw.shape(rank));
    const fn = make(draw, x);
    return { inputs: [x], fn: ([at]) => fn(at) };
  };
};

const axesOf = (draw: Draw, rank: number): number[] =>
  Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis === 0 || draw.chance(0.5));

const broadcast: MakeCase = (draw) => {
  const shape = draw.shape(3);
  const inner = shape.slice(draw.integer(0, 2)).map((n) => (draw.chance(0.5) ? 1 : n));
  const x = draw.uniform(inner);
  return { inputs: [x], fn: ([at]) => broadcastTo(at, shape) };
};

const sumDown: MakeCase = (draw) => {
  const x = draw.uniform(draw.shape(3));
  const shape = x.shape.slice(draw.integer(0, 2)).map((n) => (draw.chance(0.5) ? 1 : n));
  return { inputs: [x], fn: ([at]) => sumTo(at, shape) };
};

const product =
  (transposeA: boolean, transposeB: boolean): MakeCase =>
  (draw) => {
    const batch = draw.shape(draw.integer(0, 2));
    const [m, k, n] = draw.shape(3);
    const a = draw.uniform([...batch, ...(transposeA ? [k, m] : [m, k])]);
    const b = draw.uniform([...batch, ...(transposeB ? [n, k] : [k, n])]);
    return { inputs: [a, b], fn: ([x, y]) => matmul(x, y, { transposeA, transposeB }) };
  };

const gathered: MakeCase = (draw) => {
  const x = draw.uniform(draw.shape(draw.integer(1, 3)));
  const index = rowIndex(draw.rows(draw.integer(1, 6), x.shape[0]), x.shape[0]);
  return { inputs: [x], fn: ([at]) => gather(at, index) };
};

const gatheredOnce: MakeCase = (draw) => {
  const x = draw.uniform(draw.shape(draw.integer(1, 3)));
  const { index } = draw.distinctIndex(x.shape[0]);
  return { inputs: [x], fn: ([at]) => gather(at, index) };
};

const summedSegments: MakeCase = (draw) => {
  const x = draw.uniform(draw.shape(draw.integer(1, 3)));
  const rows = draw.size() + 1;
  const index = rowIndex(draw.rows(x.shape[0], rows), rows);
  return { inputs: [x], fn: ([at]) => segmentSum(at, index) };
};

const spread: MakeCase = (draw) => {
  const { index } = draw.distinctIndex(draw.size());
  const x = draw.uniform([index.index.size, ...draw.shape(draw.integer(0, 2))]);
  return { inputs: [x], fn: ([at]) => segmentSum(at, index) };
};

const replaced: MakeCase = (draw) => {
  const table = draw.uniform(draw.shape(draw.integer(1, 3)));
  const { index } = draw.distinctIndex(table.shape[0]);
  const rows = draw.uniform([index.named.size, ...table.shape.slice(1)]);
  return { inputs: [table, rows], fn: ([x, y]) => replaceRows(x, index, y) };
};

const sparse =
  (op: typeof spmm, transposed: boolean): MakeCase =>
  (draw) => {
    const [rows, columns, k] = draw.shape(3);
    const { pattern } = draw.pattern(rows, columns);
    const values = draw.uniform(pattern.row.shape);
    const inputs = [values, draw.uniform([transposed ? rows : columns, k])];
    return { inputs, fn: ([at, dense]) => op(pattern, at, dense) };
  };

const sampled: MakeCase = (draw) => {
  const [rows, columns, k] = draw.shape(3);
  const { pattern } = draw.pattern(rows, columns);
  const inputs = [draw.uniform([rows, k]), draw.uniform([columns, k])];
  return { inputs, fn: ([p, q]) => sddmm(pattern, p, q) };
};

/** A sum in blocks of a length that they need not divide. */
const blocked: MakeCase = (draw) => {
  const [length, block] = [draw.integer(0, 12), Math.max(1, draw.size())];
  const shape = draw.chance(0.5) ? [length] : [draw.size(), length, draw.size()];
  return { inputs: [draw.uniform(shape)], fn: ([x]) => blockSum(x, block) };
};

const joined: MakeCase = (draw) => {
  const shape = draw.shape(3);
  const axis = draw.integer(0, 2);
  const other = shape.map((n, i) => (i === axis ? draw.size() : n));
  return { inputs: [draw.uniform(shape), draw.uniform(other)], fn: ([x, y]) => concat(x, y, axis) };
};

/** Batches of G Gᵀ + k I, whose eigenvalues are at least k: far from where a factor ends. */
function positiveDefinite(draw: Draw, batch: readonly number[], k: number): Tensor {
  const count = batch.reduce((product, n) => product * n, 1);
  const cells = Array.from({ length: count }, () => {
    const g = draw.numbers(k * k, -2, 2);
    return Array.from({ length: k * k }, (_, cell) => {
      const [y, x] = [Math.floor(cell / k), cell % k];
      let sum = x === y ? k : 0;
      for (let i = 0; i < k; i++) sum += g[y * k + i] * g[x * k + i];
      return sum;
    });
  });
  return tensor(Float64Array.from(cells.flat()), [...batch, k, k]);
}

const factored: MakeCase = (draw) => {
  const batch = draw.shape(draw.integer(0, 2));
  return { inputs: [positiveDefinite(draw, batch, draw.size())], fn: ([a]) => cholesky(a) };
};

const solved =
  (op: (a: Tensor, b: Tensor) => Tensor): MakeCase =>
  (draw) => {
    const batch = draw.shape(draw.integer(0, 2));
    const [k, m] = draw.shape(2);
    const inputs = [positiveDefinite(draw, batch, k), draw.uniform([...batch, k, m])];
    return { inputs, fn: ([a, b]) => op(a, b) };
  };

const chosen: MakeCase = (draw) => {
  const [test, x, y] = draw.spaced(draw.shape(2), 3);
  const fn = ([a, b]: readonly Tensor[]) =>
    cellwise.where(cellwise.relu(test), mul(a, b), mul(a, a));
  return { inputs: [x, y], fn };
};

/** Every primitive by name, except stopGradient, which is no derivative of what it computes. */
export const cases: { readonly [primitive: string]: readonly MakeCase[] } = {
  full: [unaryCase((x) => mul(full(x.shape, 2.5), mul(x, x)))],
  add: [binaryCase(cellwise.add)],
  sub: [binaryCase(cellwise.sub)],
  mul: [binaryCase(cellwise.mul)],
  div: [binaryCase(cellwise.div, 0.5, 2), binaryCase(cellwise.div, -2, -0.5)],
  maximum: [tiedCase(cellwise.maximum)],
  minimum: [tiedCase(cellwise.minimum)],
  less: [tiedCase((x, y) => mul(cellwise.less(x, y), x))],
  lessEqual: [tiedCase((x, y) => mul(cellwise.lessEqual(x, y), x))],
  equal: [tiedCase((x, y) => mul(cellwise.equal(x, y), x))],
  pow: [
    binaryCase(cellwise.pow, 0.3, 2.5),
    // A negative base has powers only where the exponent is whole.
    unaryCase((x) => cellwise.pow(x, full(x.shape, 3)), -2, -0.5),
    unaryCase((x) => cellwise.pow(x, full(x.shape, -2)), 0.5, 2),
  ],
  neg: [unaryCase((x) => cellwise.neg(mul(x, x)))],
  exp: [unaryCase(cellwise.exp)],
  expm1: [unaryCase(cellwise.expm1)],
  log: [unaryCase(cellwise.log, 0.2, 3)],
  log1p: [unaryCase(cellwise.log1p, -0.8, 3)],
  sqrt: [unaryCase(cellwise.sqrt, 0.2, 3)],
  tanh: [unaryCase(cellwise.tanh)],
  sin: [unaryCase(cellwise.sin, -6, 6)],
  cos: [unaryCase(cellwise.cos, -6, 6)],
  abs: [kinkedCase(cellwise.abs)],
  sign: [kinkedCase((x) => mul(cellwise.sign(x), x))],
  relu: [kinkedCase((x) => mul(cellwise.relu(x), x))],
  sigmoid: [unaryCase(cellwise.sigmoid, -6, 6)],
  logisticDensity: [unaryCase(cellwise.logisticDensity, -6, 6)],
  softplus: [unaryCase(cellwise.softplus, -6, 6)],
  selu: [kinkedCase(cellwise.selu)],
  seluSlope: [kinkedCase(cellwise.seluSlope)],
  weigh: [binaryCase(cellwise.weigh)],
  squaredRoot: [
    unaryCase(
      (x) => {
        const root = cellwise.sqrt(x);
        return mul(root, root);
      },
      0.2,
      3,
    ),
  ],
  where: [chosen],
  broadcastTo: [broadcast],
  sum: [
    viewCase(3, (draw) => {
      const axes = axesOf(draw, 3);
      return (x) => sumOver(x, axes);
    }),
    sumDown,
  ],
  max: [
    (draw) => {
      const axes = axesOf(draw, 3);
      return { inputs: draw.spaced(draw.filledShape(3), 1), fn: ([x]) => maxOver(x, axes) };
    },
  ],
  blockSum: [blocked],
  // The adjoint of blockSum, which no function of the library calls but the derivative of it.
  blockRepeat: [blocked],
  matmul: [product(false, false), product(false, true), product(true, false), product(true, true)],
  gather: [gathered, gatheredOnce],
  segmentSum: [summedSegments, spread],
  replaceRows: [replaced],
  spmm: [sparse(spmm, false)],
  spmmTransposed: [sparse(spmmTransposed, true)],
  sddmm: [sampled],
  upperTriangle: [
    (draw) => {
      const [batch, k] = draw.shape(2);
      const diagonal = draw.chance(0.5) ? 0.5 : 1;
      return { inputs: [draw.uniform([batch, k, k])], fn: ([x]) => upperTriangle(x, diagonal) };
    },
  ],
  cholesky: [factored, solved(solve)],
  forwardSubstitute: [solved(forwardSubstitute), solved(backSubstitute), solved(solve)],
  flip: [
    viewCase(3, (draw) => {
      const axes = axesOf(draw, 3);
      return (x) => flip(x, axes);
    }),
  ],
  identity: [unaryCase((x) => identity(mul(x, x)))],
  reshape: [
    viewCase(
      3,
      (_draw, { size }) =>
        (x) =>
          reshape(x, [size]),
    ),
  ],
  transpose: [
    viewCase(3, () => (x) => transpose(x)),
    viewCase(3, () => (x) => transpose(x, [1, 2, 0])),
  ],
  slice: [
    viewCase(3, (draw, { shape }) => {
      const parts = shape.map((n) => draw.part(n));
      const start = parts.map((part) => part.start);
      const size = parts.map((part) => part.size);
      return (x) => slice(x, start, size);
    }),
  ],
  pad: [
    viewCase(2, (draw) => {
      const amounts = () => [draw.integer(0, 2), draw.integer(0, 2)];
      const [before, after] = [amounts(), amounts()];
      return (x) => pad(x, before, after);
    }),
  ],
  concat: [joined],
  custom: [
    unaryCase(
      customVjp(
        (x: Tensor) => mul(x, x),
        (ct, x) => mul(mul(2, ct), x),
      ),
    ),
  ],
};
