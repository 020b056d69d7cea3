/** @file `full`: a tensor whose cells are all one number, fused into whatever reads it. */

import { number } from '../kernel/expression.ts';
import { define } from '../tape/primitive.ts';
import { type Shape, ShapeError } from '../tape/shape.ts';
import { showValue } from '../tape/show-value.ts';
import type { Tensor } from '../tape/tensor.ts';
import { mapTree, type Tree } from '../tape/tree.ts';

const fullOf = define<{ shape: Shape; value: number }>({
  name: 'full',
  family: 'view',
  shape: (_inputs, { shape }) => shape,
  cell: (_at, _inputs, { value }) => number(value),
  vjp: () => [],
});

/**
 * A tensor whose cells all hold `value`. Throws a ShapeError at a shape of other than whole numbers
 * from 0, or a value that is no number.
 */
export function full(shape: Shape, value: number): Tensor {
  if (typeof value !== 'number') {
    throw new ShapeError(`full: expected a number, got ${showValue(value)}`);
  }
  return fullOf([], { shape, value });
}

/** A tensor of zeros. */
export const zeros = (shape: Shape): Tensor => full(shape, 0);

/** A tensor of ones. */
export const ones = (shape: Shape): Tensor => full(shape, 1);

/** A tree of zeros, of the shapes of a tree's tensors. */
export const zerosLike = <T extends Tree>(tree: T): T =>
  mapTree((leaf) => full(leaf.shape, 0), tree);

/** A tree of ones, of the shapes of a tree's tensors. */
export const onesLike = <T extends Tree>(tree: T): T =>
  mapTree((leaf) => full(leaf.shape, 1), tree);
