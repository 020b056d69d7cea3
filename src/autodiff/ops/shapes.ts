/** @file Views as users call them: axes counted from the end, a size left out, ranges, lists. */

import {
  expectWhole,
  normalizeAxes,
  type Shape,
  ShapeError,
  showShape,
  sizeOf,
} from '../tape/shape.ts';
import { showValue } from '../tape/show-value.ts';
import { expectTensor, Tensor } from '../tape/tensor.ts';
import * as view from './view.ts';

const axisOf = (op: string, shape: Shape, axis: number): number =>
  normalizeAxes(op, shape, axis)[0];

/**
 * The cells in row-major order under another shape, in which one size may be -1 and is worked out.
 * Throws a ShapeError if the numbers of cells differ.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  expectTensor('reshape', x, 0);
  const open = Array.isArray(shape) ? shape.indexOf(-1) : -1;
  if (open < 0) return view.reshape(x, shape);
  const others = sizeOf(shape.filter((_, axis) => axis !== open));
  if (shape.lastIndexOf(-1) !== open || others === 0 || x.size % others !== 0) {
    throw new ShapeError(
      `reshape: the size -1 of ${showShape(shape)} cannot be worked out for ${showShape(x.shape)}`,
    );
  }
  return view.reshape(x, shape.with(open, x.size / others));
}

/**
 * Axes in another order: axis `i` of the result is axis `order[i]` of `x`, negative from the end;
 * left out, all axes are reversed. Throws a ShapeError unless `order` names each axis once.
 */
export function transpose(x: Tensor, order?: readonly number[]): Tensor {
  const rank = expectTensor('transpose', x, 0).shape.length;
  if (order !== undefined) expectWhole('transpose', order, rank);
  return view.transpose(
    x,
    order?.map((axis) => (axis < 0 ? axis + rank : axis)),
  );
}

/** The cells in reverse order along axes, all if left out; throws a ShapeError as `sum` does. */
export function flip(x: Tensor, axes?: number | readonly number[]): Tensor {
  expectTensor('flip', x, 0);
  const list = axes === undefined ? x.shape.map((_, axis) => axis) : [axes].flat();
  expectWhole('flip', list);
  const flipped = view.flip(
    x,
    list.map((axis) => (axis < 0 ? axis + x.shape.length : axis)),
  );
  // An axis that is named twice would be reversed once.
  normalizeAxes('flip', x.shape, list);
  return flipped;
}

/** What `slice` takes of an axis: the cells from one up to another, or one cell without the axis. */
export type Range = readonly [from: number, to: number] | number;

/** Ranges of some axes by their numbers, negative from the end: `{ 0: [1, 3], [-1]: 0 }`. */
export type Ranges = { readonly [axis: number]: Range };

/**
 * A part of `x`: the `size` cells from `start` on along each axis, or the cells in the ranges of the
 * axes that are named, such as `slice(x, { 0: [1, 3] })` for `x[1:3]` and `slice(x, { 1: -1 })` for
 * `x[:, -1]`. A cell below 0 counts from the end. Throws a ShapeError at what leaves `x`.
 */
export function slice(x: Tensor, start: readonly number[], size: readonly number[]): Tensor;
export function slice(x: Tensor, ranges: Ranges): Tensor;
export function slice(x: Tensor, start: readonly number[] | Ranges, size?: readonly number[]) {
  expectTensor('slice', x, 0);
  if (Array.isArray(start) || typeof start !== 'object' || start === null) {
    return view.slice(x, start as readonly number[], size as readonly number[]);
  }
  const from = x.shape.map(() => 0);
  const to = [...x.shape];
  const single = new Set<number>();
  const seen = new Set<number>();
  for (const [name, range] of Object.entries(start)) {
    if (!/^-?\d+$/.test(name)) throw new ShapeError(`slice: expected numbers of axes, got ${name}`);
    const axis = axisOf('slice', x.shape, Number(name));
    if (seen.has(axis)) throw new ShapeError(`slice: axis ${axis} has two ranges`);
    seen.add(axis);
    const n = x.shape[axis];
    const counted = (cell: number) => (cell < 0 ? cell + n : cell);
    const one = typeof range === 'number';
    if (!one) expectWhole('slice: a range', range, 2);
    if (one) single.add(axis);
    from[axis] = counted(one ? range : range[0]);
    to[axis] = one ? from[axis] + 1 : counted(range[1]);
    const inside = [from[axis], to[axis]].every((cell) => Number.isInteger(cell) && cell >= 0);
    if (!inside || from[axis] > to[axis] || to[axis] > n) {
      throw new ShapeError(
        `slice: ${one ? range : showShape(range)} leaves axis ${axis} of ${showShape(x.shape)}`,
      );
    }
  }
  const sizes = to.map((end, axis) => end - from[axis]);
  const part = view.slice(x, from, sizes);
  return single.size === 0
    ? part
    : view.reshape(
        part,
        sizes.filter((_, axis) => !single.has(axis)),
      );
}

/**
 * Tensors one after the other along an axis, negative from the end: two, or a list along axis 0 if
 * none is named. Throws a ShapeError if other axes differ, and at an empty list.
 */
export function concat(x: Tensor, y: Tensor, axis: number): Tensor;
export function concat(tensors: readonly Tensor[], axis?: number): Tensor;
export function concat(x: Tensor | readonly Tensor[], y?: Tensor | number, axis?: number): Tensor {
  const [list, along] =
    x instanceof Tensor ? [[x, y as Tensor], axis ?? 0] : [x, (y as number | undefined) ?? 0];
  expectTensors('concat', list);
  return joined(list, axisOf('concat', list[0].shape, along));
}

/** Throws a ShapeError unless the list holds tensors, one at least. */
function expectTensors(op: string, list: readonly Tensor[]): void {
  const some = Array.isArray(list) && list.length > 0;
  if (!some) {
    const got = Array.isArray(list) ? 'none' : showValue(list);
    throw new ShapeError(`${op}: expected a list of one tensor at least, got ${got}`);
  }
  list.forEach((each, i) => expectTensor(op, each, i));
}

/** Joined by halves: a cell is moved as often as a list can be halved, not once for each tensor. */
function joined(list: readonly Tensor[], axis: number): Tensor {
  if (list.length === 1) return list[0];
  const half = list.length >> 1;
  return view.concat(joined(list.slice(0, half), axis), joined(list.slice(half), axis), axis);
}

/**
 * Tensors of one shape along a new axis of the result, 0 if left out, negative from the end. Throws
 * a ShapeError if shapes differ, and at an empty list.
 */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  expectTensors('stack', tensors);
  const { shape } = tensors[0];
  const other = tensors.find((each) => showShape(each.shape) !== showShape(shape));
  if (other) {
    throw new ShapeError(
      `stack: expected equal shapes, got ${showShape(shape)} and ${showShape(other.shape)}`,
    );
  }
  const at = axisOf('stack', [...shape, 1], axis);
  const layer = [...shape.slice(0, at), 1, ...shape.slice(at)];
  return joined(
    tensors.map((each) => view.reshape(each, layer)),
    at,
  );
}
