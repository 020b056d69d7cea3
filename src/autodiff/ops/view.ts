/** @file Views: cells move, nothing is computed. `slice` and `pad` are each other's adjoints. */

import { number, select, within } from '../kernel/expression.ts';
import { add, flatten, int, reverse, unflatten } from '../kernel/index-expression.ts';
import { maskedShift } from '../kernel/masked-shift.ts';
import { define } from '../tape/primitive.ts';
import {
  expectShape,
  expectWhole,
  type Shape,
  ShapeError,
  sameShape,
  showShape,
  sizeOf,
} from '../tape/shape.ts';
import { expectTensor, type Tensor } from '../tape/tensor.ts';

const alias = (name: string, differentiable: boolean) =>
  define({
    name,
    family: 'view',
    alias: true,
    ...(!differentiable && { constant: true }),
    shape: ([x]) => x,
    cell: (position, [x]) => x.read(position),
    vjp: (ct) => [differentiable ? ct : null],
  });

const identityOf = alias('identity', true);
const stopGradientOf = alias('stopGradient', false);

/** The same value as another node, so that nested derivatives do not confuse their arguments. */
export const identity = (x: Tensor): Tensor => identityOf([x], {});

/** The same value, a constant to every derivative. */
export const stopGradient = (x: Tensor): Tensor => stopGradientOf([x], {});

const reshapeTo = define<{ shape: Shape }>({
  name: 'reshape',
  family: 'view',
  shape: ([x], { shape }) => {
    expectShape('reshape', shape);
    if (sizeOf(x) !== sizeOf(shape)) {
      throw new ShapeError(
        `reshape: ${showShape(x)} has ${sizeOf(x)} cells, ${showShape(shape)} ${sizeOf(shape)}`,
      );
    }
    return shape;
  },
  cell: (position, [x], { shape }) => x.read(unflatten(flatten(position, shape), x.shape)),
  vjp: (ct, _out, [x]) => [reshape(ct, x.shape)],
});

/** The same cells in row-major order; throws a ShapeError if `shape` has more or fewer. */
export const reshape = (x: Tensor, shape: Shape): Tensor =>
  Array.isArray(shape) && sameShape(expectTensor('reshape', x, 0).shape, shape)
    ? x
    : reshapeTo([x], { shape });

const permute = define<{ order: readonly number[] }>({
  name: 'transpose',
  family: 'view',
  shape: ([x], { order }) => {
    expectWhole('transpose', order, x.length);
    const seen = [...order].sort((a, b) => a - b);
    if (seen.some((axis, i) => axis !== i)) {
      throw new ShapeError(`transpose: [${order.join(',')}] does not order ${showShape(x)}`);
    }
    return order.map((axis) => x[axis]);
  },
  cell: (position, [x], { order }) => {
    const source = new Array(position.length);
    for (let axis = 0; axis < position.length; axis++) source[order[axis]] = position[axis];
    return x.read(source);
  },
  vjp: (ct, _out, _inputs, { order }) => [transpose(ct, inverse(order))],
});

function inverse(order: readonly number[]): number[] {
  const result = new Array<number>(order.length);
  for (let axis = 0; axis < order.length; axis++) result[order[axis]] = axis;
  return result;
}

/**
 * Axes in another order: axis `i` of the result is axis `order[i]` of `x`; left out, all axes are
 * reversed. Throws a ShapeError unless `order` names each axis once.
 */
export function transpose(x: Tensor, order?: readonly number[]): Tensor {
  const { shape } = expectTensor('transpose', x, 0);
  return permute([x], { order: order ?? shape.map((_, axis) => shape.length - 1 - axis) });
}

const flipAxes = define<{ axes: readonly number[] }>({
  name: 'flip',
  family: 'view',
  shape: ([x], { axes }) => {
    expectWhole('flip', axes);
    const distinct = new Set(axes).size === axes.length;
    if (!distinct || axes.some((axis) => !(axis >= 0 && axis < x.length))) {
      throw new ShapeError(
        `flip: axes [${axes.join(',')}] are not distinct axes of ${showShape(x)}`,
      );
    }
    return x;
  },
  cell: (position, [x], { axes }) =>
    x.read(position.map((index, i) => (axes.includes(i) ? reverse(index, x.shape[i]) : index))),
  vjp: (ct, _out, _inputs, { axes }) => [flip(ct, axes)],
});

/** The cells in reverse order along `axes`; throws a ShapeError at an axis that `x` lacks. */
export const flip = (x: Tensor, axes: readonly number[]): Tensor => flipAxes([x], { axes });

const sliceOf = define<{ start: readonly number[]; size: readonly number[] }>({
  name: 'slice',
  family: 'view',
  shape: ([x], { start, size }) => {
    expectWhole('slice: start', start);
    expectWhole('slice: size', size);
    const complete = start.length === x.length && size.length === x.length;
    if (!complete || !x.every((n, axis) => start[axis] >= 0 && start[axis] + size[axis] <= n)) {
      throw new ShapeError(
        `slice: start ${showShape(start)} and size ${showShape(size)} leave ${showShape(x)}`,
      );
    }
    return size;
  },
  cell: (position, [x], { start }) =>
    x.read(position.map((index, axis) => add(index, int(start[axis])))),
  vjp: (ct, _out, [x], { start, size }) => [
    pad(
      ct,
      start,
      x.shape.map((n, axis) => n - start[axis] - size[axis]),
    ),
  ],
});

/** The `size` cells from `start` on, along each axis; throws a ShapeError if they leave `x`. */
export const slice = (x: Tensor, start: readonly number[], size: readonly number[]): Tensor =>
  sliceOf([x], { start, size });

/** The cells from `from` up to `to` along one axis. */
export function sliceAlong(x: Tensor, axis: number, from: number, to: number): Tensor {
  const start = x.shape.map((_, other) => (other === axis ? from : 0));
  return slice(x, start, x.shape.with(axis, to - from));
}

const padOf = define<{ before: readonly number[]; after: readonly number[] }>({
  name: 'pad',
  family: 'view',
  shape: ([x], { before, after }) => {
    expectWhole('pad: before', before);
    expectWhole('pad: after', after);
    const complete = before.length === x.length && after.length === x.length;
    if (!complete || [...before, ...after].some((n) => n < 0)) {
      throw new ShapeError(
        `pad: ${showShape(before)} and ${showShape(after)} do not pad ${showShape(x)}`,
      );
    }
    return x.map((n, axis) => n + before[axis] + after[axis]);
  },
  cell: (position, [x], { before, after }) => {
    let cell = x.read(
      position.map((index, axis) => maskedShift(index, -before[axis], x.shape[axis])),
    );
    for (let axis = 0; axis < position.length; axis++) {
      if (before[axis] === 0 && after[axis] === 0) continue;
      const inside = within(position[axis], before[axis], before[axis] + x.shape[axis]);
      cell = select(inside, cell, number(0));
    }
    return cell;
  },
  vjp: (ct, _out, [x], { before }) => [slice(ct, before, x.shape)],
  // A fused producer would be computed for the padding as well, only to be masked.
  reads: ['many'],
});

/**
 * Zeros before and after the cells of `x`: how many along each axis. Throws a ShapeError at a number
 * that is negative or missing.
 */
export const pad = (x: Tensor, before: readonly number[], after: readonly number[]): Tensor =>
  padOf([x], { before, after });

const concatOf = define<{ axis: number }>({
  name: 'concat',
  family: 'view',
  shape: ([x, y], { axis }) => {
    const fits = x.length === y.length && x.every((n, i) => i === axis || n === y[i]);
    if (!fits || !Number.isInteger(axis) || axis < 0 || axis >= x.length) {
      throw new ShapeError(
        `concat: ${showShape(x)} and ${showShape(y)} do not join along axis ${axis}`,
      );
    }
    return x.map((n, i) => (i === axis ? n + y[i] : n));
  },
  cell: (position, [x, y], { axis }) => {
    const first = x.shape[axis];
    const move = (by: number, n: number) =>
      position.map((index, i) => (i === axis ? maskedShift(index, by, n) : index));
    const left = x.read(move(0, first));
    const right = y.read(move(-first, y.shape[axis]));
    return select(within(position[axis], 0, first), left, right);
  },
  vjp: (ct, _out, [x, y], { axis }) => {
    const start = x.shape.map((n, i) => (i === axis ? n : 0));
    const origin = x.shape.map(() => 0);
    return [slice(ct, origin, x.shape), slice(ct, start, y.shape)];
  },
  reads: ['many', 'many'],
});

/** Two tensors one after the other along `axis`; throws a ShapeError if other axes differ. */
export const concat = (x: Tensor, y: Tensor, axis: number): Tensor => concatOf([x, y], { axis });
