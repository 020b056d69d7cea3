/** @file Shapes: sizes, strides, broadcasting, and the error of shapes that do not fit. */

import { showValue } from './show-value.ts';

/** Sizes along each axis, row-major; `[]` is a scalar. */
export type Shape = readonly number[];

/** Thrown while the tape is recorded: names the operation, and the operand or shape that is wrong. */
export class ShapeError extends Error {
  override name = 'ShapeError';
}

/** Throws a ShapeError that names `op` unless all sizes are whole numbers from 0. */
export function expectShape(op: string, shape: Shape): void {
  if (Array.isArray(shape) && areSizes(shape)) return;
  const given: unknown = shape;
  const shown = Array.isArray(given) ? showShape(given) : showValue(given);
  throw new ShapeError(`${op}: expected a shape of whole numbers from 0, got ${shown}`);
}

function areSizes(shape: Shape): boolean {
  for (const n of shape) if (!Number.isSafeInteger(n) || n < 0) return false;
  return true;
}

/**
 * Throws a ShapeError that names `op` unless `numbers` are whole, and as many as the `axes` that
 * they belong to.
 */
export function expectWhole(op: string, numbers: readonly number[], axes?: number): void {
  const given: unknown = numbers;
  const whole = Array.isArray(given) && given.every(Number.isSafeInteger);
  if (whole && (axes === undefined || given.length === axes)) return;
  const shown = Array.isArray(given) ? showShape(given) : showValue(given);
  const count = axes === undefined ? '' : `, one for each of ${axes} axes`;
  throw new ShapeError(`${op}: expected whole numbers${count}, got ${shown}`);
}

/** Cells of a tensor of this shape. */
export const sizeOf = (shape: Shape): number => shape.reduce((size, n) => size * n, 1);

/** Whether both shapes have equal sizes along equally many axes. */
export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((n, axis) => n === b[axis]);

/** A shape as messages show it, such as `[2,3]`. */
export const showShape = (shape: Shape): string => `[${shape.join(',')}]`;

/** How far apart two neighbours along each axis are in row-major order. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** The shape to which both broadcast by NumPy's rule; throws a ShapeError that names `op`. */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let axis = 0; axis < rank; axis++) {
    const m = a[axis - rank + a.length] ?? 1;
    const n = b[axis - rank + b.length] ?? 1;
    if (m !== n && m !== 1 && n !== 1) {
      throw new ShapeError(
        `${op}: shapes ${showShape(a)} and ${showShape(b)} do not broadcast, axis sizes differ`,
      );
    }
    shape[axis] = m === 1 ? n : m;
  }
  return shape;
}

/** The position of the cell with this row-major number. */
export const positionOf = (cell: number, shape: Shape): number[] =>
  stridesOf(shape).map((stride, axis) => Math.floor(cell / stride) % shape[axis]);

/** The sizes along all other axes. */
export const withoutAxes = (shape: Shape, axes: readonly number[]): Shape =>
  shape.filter((_, axis) => !axes.includes(axis));

/**
 * Axes as non-negative, sorted, unique numbers; `undefined` means all. Throws a ShapeError that
 * names `op` at an axis outside of the shape or given twice.
 */
export function normalizeAxes(op: string, shape: Shape, axes?: number | readonly number[]) {
  if (axes === undefined) return shape.map((_, axis) => axis);
  const list = typeof axes === 'number' ? [axes] : axes;
  if (!Array.isArray(list)) {
    throw new ShapeError(`${op}: expected an axis or a list of axes, got ${showValue(list)}`);
  }
  const result = list.map((axis: number) => {
    const positive = axis < 0 ? axis + shape.length : axis;
    if (!Number.isInteger(positive) || positive < 0 || positive >= shape.length) {
      throw new ShapeError(`${op}: axis ${axis} is outside shape ${showShape(shape)}`);
    }
    return positive;
  });
  if (new Set(result).size !== result.length) {
    throw new ShapeError(`${op}: axes [${list.join(',')}] name one axis twice`);
  }
  return result.sort((a, b) => a - b);
}
