/** @file Broadcasts and reductions: `broadcastTo` and `sum` are each other's adjoints. */

import type { Fold } from '../kernel/expression.ts';
import {
  add,
  clampedShift,
  div,
  type Index,
  int,
  mul as scale,
} from '../kernel/index-expression.ts';
import { type Cell, define } from '../tape/primitive.ts';
import {
  broadcastShapes,
  expectShape,
  type Shape,
  ShapeError,
  sameShape,
  showShape,
  sizeOf,
  withoutAxes,
} from '../tape/shape.ts';
import { expectTensor, type Tensor } from '../tape/tensor.ts';
import { div as divide, equal, mul } from './elementwise.ts';
import { reshape } from './view.ts';

const broadcast = define<{ shape: Shape }>({
  name: 'broadcastTo',
  family: 'view',
  shape: ([x], { shape }) => {
    expectShape('broadcastTo', shape);
    if (!sameShape(broadcastShapes('broadcastTo', x, shape), shape)) {
      throw new ShapeError(
        `broadcastTo: ${showShape(x)} does not broadcast to ${showShape(shape)}`,
      );
    }
    return shape;
  },
  cell: (position, [x]) => {
    const skipped = position.length - x.shape.length;
    return x.read(x.shape.map((n, axis) => (n === 1 ? int(0) : position[axis + skipped])));
  },
  vjp: (ct, _out, [x]) => [sumTo(ct, x.shape)],
  reads: ['many'],
});

/**
 * Repeats `x` along axes of size 1 and along new leading axes. Throws a ShapeError if `x` does not
 * broadcast to `shape`.
 */
export const broadcastTo = (x: Tensor, shape: Shape): Tensor =>
  Array.isArray(shape) && sameShape(expectTensor('broadcastTo', x, 0).shape, shape)
    ? x
    : broadcast([x], { shape });

/**
 * The adjoint of `broadcastTo`: sums `x` down to `shape`. Throws a ShapeError if `shape` does not
 * broadcast to that of `x`.
 */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  expectTensor('sumTo', x, 0);
  expectShape('sumTo', shape);
  if (sameShape(x.shape, shape)) return x;
  if (!sameShape(broadcastShapes('sumTo', shape, x.shape), x.shape)) {
    throw new ShapeError(`sumTo: ${showShape(shape)} does not broadcast to ${showShape(x.shape)}`);
  }
  const skipped = x.shape.length - shape.length;
  const repeated = x.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < skipped || (shape[axis - skipped] === 1 && x.shape[axis] !== 1));
  return reshape(sumOver(x, repeated), shape);
}

/** Folds `x` over its reduced axes, at a position `at` on the remaining ones. */
function foldAxes(
  fn: 'sum' | 'max',
  position: readonly Index[],
  x: Cell,
  axes: readonly number[],
  fold: Fold,
) {
  const source = new Array<Index>(x.shape.length);
  let kept = 0;
  for (let axis = 0; axis < x.shape.length; axis++) {
    if (!axes.includes(axis)) source[axis] = position[kept++];
  }
  const inner = (depth: number): ReturnType<Fold> =>
    depth === axes.length
      ? x.read(source)
      : fold(fn, x.shape[axes[depth]], (k) => {
          source[axes[depth]] = k;
          return inner(depth + 1);
        });
  return inner(0);
}

const sumAxes = define<{ axes: readonly number[] }>({
  name: 'sum',
  family: 'fold',
  shape: ([x], { axes }) => withoutAxes(x, axes),
  cell: (position, [x], { axes }, fold) => foldAxes('sum', position, x, axes, fold),
  vjp: (ct, _out, [x], { axes }) => [spread(ct, x.shape, axes)],
});

/** More numbers than these are not added one after another: the rounding of f32 would add up. */
const longestFold = 2 ** 14;

/** Sums over `axes` (sorted, unique), which vanish from the shape; long sums in blocks. */
export function sumOver(x: Tensor, axes: readonly number[]): Tensor {
  // Nothing is added up along an axis of size 1.
  if (axes.every((axis) => x.shape[axis] === 1)) return reshape(x, withoutAxes(x.shape, axes));
  const count = axes.reduce((cells, axis) => cells * x.shape[axis], 1);
  if (count <= longestFold) return sumAxes([x], { axes });
  return axes.reduceRight((total, axis) => sumInBlocks(total, axis, longestFold), x);
}

/** Sums over one axis, in blocks as long as it has more cells than `longest`. */
export function sumInBlocks(x: Tensor, axis: number, longest: number): Tensor {
  const n = x.shape[axis];
  if (n <= longest) return sumOver(x, [axis]);
  const block = Math.ceil(Math.sqrt(n));
  if (x.shape.length === 1) return sumInBlocks(blockSum(x, block), 0, longest);
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const rows = reshape(x, [sizeOf(before), n, sizeOf(after)]);
  return reshape(sumInBlocks(blockSum(rows, block), 1, longest), [...before, ...after]);
}

/** Repeats a reduced tensor along the axes that were reduced. */
function spread(x: Tensor, shape: Shape, axes: readonly number[]): Tensor {
  const kept = shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
  return broadcastTo(reshape(x, kept), shape);
}

const maxAxes = define<{ axes: readonly number[] }>({
  name: 'max',
  family: 'fold',
  shape: ([x], { axes }) => {
    if (axes.some((axis) => x[axis] === 0)) {
      throw new ShapeError(`max: shape ${showShape(x)} has no cells along a reduced axis`);
    }
    return withoutAxes(x, axes);
  },
  cell: (position, [x], { axes }, fold) => foldAxes('max', position, x, axes, fold),
  vjp: (ct, out, [x], { axes }) => {
    const winners = equal(x, spread(out, x.shape, axes));
    const share = divide(ct, sumOver(winners, axes));
    return [mul(winners, spread(share, x.shape, axes))];
  },
});

/**
 * The largest cell along `axes` (sorted, unique), which vanish from the shape; cells that tie share
 * the cotangent equally. Throws a ShapeError at an axis without cells.
 */
export function maxOver(x: Tensor, axes: readonly number[]): Tensor {
  return axes.length === 0 ? x : maxAxes([x], { axes });
}

/** The axis of the blocks: that of a vector, and the one in the middle of `[before, n, after]`. */
const blockAxis = (list: readonly unknown[]): number => (list.length === 3 ? 1 : 0);

/** A list with another entry at the axis of the blocks. */
const withBlocks = <T>(list: readonly T[], entry: T): T[] => list.with(blockAxis(list), entry);

type Recorder<A> = (inputs: readonly Tensor[], attributes: A) => Tensor;

const sumBlocks: Recorder<{ block: number }> = define<{ block: number }>({
  name: 'blockSum',
  family: 'fold',
  shape: ([x], { block }) => withBlocks(x, Math.ceil(x[blockAxis(x)] / block)),
  cell: (position, [x], { block }, fold) => {
    const axis = blockAxis(x.shape);
    const from = scale(position[axis], block);
    const n = x.shape[axis];
    // The last block is shorter where the block does not divide the length.
    const to: Index = n % block === 0 ? add(from, int(block)) : clampedShift(from, block, n + 1);
    return fold('sum', n, (k) => x.read(withBlocks(position, k)), { from, to });
  },
  vjp: (ct, _out, [x], { block }) => [
    repeatBlocks([ct], { block, size: x.shape[blockAxis(x.shape)] }),
  ],
});

const repeatBlocks: Recorder<{ block: number; size: number }> = define<{
  block: number;
  size: number;
}>({
  name: 'blockRepeat',
  family: 'view',
  shape: ([x], { size }) => withBlocks(x, size),
  cell: (position, [x], { block }) =>
    x.read(withBlocks(position, div(position[blockAxis(x.shape)], block))),
  vjp: (ct, _out, _inputs, { block }) => [sumBlocks([ct], { block })],
  reads: ['many'],
});

/**
 * The sums of consecutive blocks of a vector, or along the middle axis of `[before, n, after]`, so
 * that a long sum runs in parallel and its rounding errors do not add up.
 */
export const blockSum = (x: Tensor, block: number): Tensor => sumBlocks([x], { block });
