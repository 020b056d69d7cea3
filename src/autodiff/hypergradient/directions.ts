/** @file Directions in the space of the inputs, and the gradient that slopes along them give. */

import type { Device } from '../devices/device.ts';
import { expectSameTree, leaves, type Tree } from '../tape/tree.ts';
import { MethodError } from './checkpoints.ts';
import { vectorOf } from './retrain.ts';
import { eliminate } from './solvers/dense.ts';
import { dot, type Vector } from './vectors.ts';

/** Directions to differentiate along. */
export interface DirectionOptions {
  /**
   * Trees of numbers like the inputs. The gradient is then the exact one's projection on what they
   * span, of which each needs one slope. Default the direction of each cell of the inputs.
   */
  readonly directions?: readonly Tree[];
}

/** Vectors of directions, or undefined for one of each cell. Throws a ShapeError at another tree. */
export async function directionVectors(
  what: string,
  inputs: Tree,
  { directions }: DirectionOptions,
  device: Device,
): Promise<readonly Vector[] | undefined> {
  if (directions === undefined) return undefined;
  if (!Array.isArray(directions) || directions.length === 0) {
    throw new MethodError(`${what}: directions: expected a list of at least one tree`);
  }
  const vectors: Vector[] = [];
  for (const [i, direction] of directions.entries()) {
    expectSameTree(`${what}: directions[${i}]`, inputs, direction);
    vectors.push(await vectorOf(direction, device));
  }
  return vectors;
}

/** The numbers of the cells of real tensors within the vector of a tree. */
export function realCells(inputs: Tree): number[] {
  const cells: number[] = [];
  let at = 0;
  for (const { kind, size } of leaves(inputs)) {
    if (kind === 'real') for (let i = 0; i < size; i++) cells.push(at + i);
    at += size;
  }
  return cells;
}

/** A vector of zeros but for these numbers in these cells. */
export function inCells(length: number, cells: readonly number[], numbers: Vector): Vector {
  const vector = new Float64Array(length);
  for (const [i, cell] of cells.entries()) vector[cell] = numbers[i];
  return vector;
}

/** The direction of one cell. */
export function unitVector(length: number, cell: number): Vector {
  const unit = new Float64Array(length);
  unit[cell] = 1;
  return unit;
}

/** The vector in the span of directions with these slopes along them. Throws a MethodError. */
export function fromSlopes(what: string, directions: readonly Vector[], slopes: Vector): Vector {
  const gram = directions.map((a) => Float64Array.from(directions, (b) => dot(a, b)));
  const weights = eliminate(gram, slopes);
  if (!weights?.every(Number.isFinite)) {
    throw new MethodError(`${what}: directions: one is 0 or a sum of others: leave it out`);
  }
  return directions[0].map((_, i) =>
    directions.reduce((total, direction, k) => total + weights[k] * direction[i], 0),
  );
}
