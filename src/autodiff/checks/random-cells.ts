/** @file The random cotangents and directions of a check. */

import { signedFrom, uniformNumbers } from '../tape/random-numbers.ts';
import { type Shape, sizeOf } from '../tape/shape.ts';
import { type Tensor, tensor } from '../tape/tensor.ts';

/** Draws a tensor of a shape; draws follow one another from one seed. */
export type Draw = (shape: Shape) => Tensor;

/** No drawn number has a larger absolute value. */
export const largestCell = 1.5;

/** Numbers in ±[0.5, 1.5), so that no entry's error hides behind a small weight. */
export function randomCells(seed: number): Draw {
  const uniform = uniformNumbers(seed);
  return (shape) => {
    const cells = new Float64Array(sizeOf(shape));
    for (let i = 0; i < cells.length; i++) cells[i] = signedFrom(uniform);
    return tensor(cells, shape);
  };
}
