/** @file The random cotangents and directions of a check. */

import { type Shape, sizeOf } from '../tape/shape.ts';
import { type Tensor, tensor } from '../tape/tensor.ts';

/** Draws a tensor of a shape; draws follow one another from one seed. */
export type Draw = (shape: Shape) => Tensor;

/** No drawn number has a larger absolute value. */
export const largestCell = 1.5;

/** Numbers from 0 up to but below 1: Mulberry32 (Tommy Ettinger 2017). */
export function uniformNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Numbers in ±[0.5, 1.5], so that no entry's error hides behind a small weight. */
export function randomCells(seed: number): Draw {
  const uniform = uniformNumbers(seed);
  return (shape) => {
    const cells = new Float64Array(sizeOf(shape));
    for (let i = 0; i < cells.length; i++) {
      cells[i] = (uniform() < 0.5 ? -1 : 1) * (0.5 + uniform());
    }
    return tensor(cells, shape);
  };
}
