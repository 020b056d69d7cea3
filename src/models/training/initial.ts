/** @file Random numbers that tables and layers start from. */

import { type Tensor, tensor } from '../../autodiff/index.ts';
import { type Random, random } from '../../data/random.ts';

/** Draws a tensor from the generator of a label, so that it does not depend on other draws. */
function draw(
  seed: number,
  label: string,
  shape: readonly number[],
  next: (generator: Random) => number,
): Tensor {
  const generator = random(seed).fork(label);
  const numbers = new Float64Array(shape.reduce((size, n) => size * n, 1));
  for (let i = 0; i < numbers.length; i++) numbers[i] = next(generator);
  return tensor(numbers, shape);
}

/** Draws tables `[rows, length]` of normal numbers with mean 0 and this standard deviation. */
export const normalTables =
  (deviation: number, seed: number) =>
  (label: string, rows: number, length: number): Tensor =>
    draw(seed, label, [rows, length], (generator) => deviation * generator.normal());

/**
 * Draws weights and biases of linear layers uniformly in ±1/sqrt(fan in), the default of PyTorch.
 */
export const uniformLayers =
  (seed: number) =>
  (label: string, shape: readonly number[], fanIn: number): Tensor => {
    const bound = 1 / Math.sqrt(fanIn);
    return draw(seed, label, shape, (generator) => bound * (2 * generator.uniform() - 1));
  };
