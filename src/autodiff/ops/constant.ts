/** @file `full`: a tensor whose cells are all one number, fused into whatever reads it. */

import { number } from '../kernel/expression.ts';
import { define } from '../tape/primitive.ts';
import type { Shape } from '../tape/shape.ts';
import type { Tensor } from '../tape/tensor.ts';
import { mapTree, type Tree } from '../tape/tree.ts';

const fullOf = define<{ shape: Shape; value: number }>({
  name: 'full',
  family: 'view',
  shape: (_inputs, { shape }) => shape,
  cell: (_at, _inputs, { value }) => number(value),
  vjp: () => [],
});

/** A tensor whose cells all hold `value`. */
export const full = (shape: Shape, value: number): Tensor => fullOf([], { shape, value });

/** A tree of zeros, of the shapes of a tree's tensors. */
export const zerosLike = <T extends Tree>(tree: T): T =>
  mapTree((leaf) => full(leaf.shape, 0), tree);
