/** @file Directions in the space of the inputs, and the gradient that slopes along them give. */

import type { Device } from '../devices/device.ts';
import { positionOf, showShape } from '../tape/shape.ts';
import { expectSameTree, leafPaths, leaves, type Tree } from '../tape/tree.ts';
import { MethodError } from './checkpoints.ts';
import { vectorOf } from './host.ts';
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

/** The directions of a gradient, and the gradient that slopes along them give. */
export interface Directions {
  readonly count: number;
  /** A direction, a number for each cell of the inputs. */
  vector(i: number): Vector;
  /** What a message calls it, and the group that it is of: the cells of a tensor, or all given. */
  of(i: number): { readonly name: string; readonly group: number };
  /** The gradient with these slopes along the directions. Throws a MethodError if there is none. */
  gradient(slopes: Vector): Vector;
}

/**
 * The directions that are given, else one of each real cell of the inputs. `what` begins messages.
 * Throws a MethodError for no list, and a ShapeError at another tree than the inputs.
 */
export async function directionsOf(
  what: string,
  inputs: Tree,
  { directions }: DirectionOptions,
  device: Device,
): Promise<Directions> {
  if (directions === undefined) return cellDirections(inputs);
  if (!Array.isArray(directions) || directions.length === 0) {
    throw new MethodError(`${what}: directions: expected a list of at least one tree`);
  }
  const vectors: Vector[] = [];
  for (const [i, direction] of directions.entries()) {
    expectSameTree(`${what}: directions[${i}]`, inputs, direction);
    vectors.push(await vectorOf(direction, device));
  }
  return {
    count: vectors.length,
    vector: (i) => vectors[i],
    of: (i) => ({ name: `directions[${i}]`, group: 0 }),
    gradient: (slopes) => fromSlopes(what, vectors, slopes),
  };
}

/** The direction of each cell of the real tensors. */
function cellDirections(inputs: Tree): Directions {
  const cells: number[] = [];
  const groups: number[] = [];
  const starts: number[] = [];
  let length = 0;
  for (const [group, { kind, size }] of leaves(inputs).entries()) {
    starts.push(length);
    for (let i = 0; kind === 'real' && i < size; i++) {
      cells.push(length + i);
      groups.push(group);
    }
    length += size;
  }
  /** Zeros but for these numbers in these cells. */
  const inCells = (numbers: ArrayLike<number>, places: readonly number[]): Vector => {
    const vector = new Float64Array(length);
    for (const [i, cell] of places.entries()) vector[cell] = numbers[i];
    return vector;
  };
  return {
    count: cells.length,
    vector: (i) => inCells([1], [cells[i]]),
    of: (i) => {
      const group = groups[i];
      const path = leafPaths(inputs)[group];
      const position = positionOf(cells[i] - starts[group], leaves(inputs)[group].shape);
      const place = position.length > 0 ? showShape(position) : '';
      return { name: `inputs${path && `.${path}`}${place}`, group };
    },
    gradient: (slopes) => inCells(slopes, cells),
  };
}

/** The vector in the span of directions with these slopes along them. Throws a MethodError. */
function fromSlopes(what: string, directions: readonly Vector[], slopes: Vector): Vector {
  const gram = directions.map((a) => Float64Array.from(directions, (b) => dot(a, b)));
  const weights = eliminate(gram, slopes);
  if (!weights?.every(Number.isFinite)) {
    throw new MethodError(`${what}: directions: one is 0 or a sum of others: leave it out`);
  }
  return directions[0].map((_, i) =>
    directions.reduce((total, direction, k) => total + weights[k] * direction[i], 0),
  );
}
