/** @file Linear layers of the autoencoders: where they start, and biases as one more column. */

import { concat, full, reshape, type Tensor, tensor } from '../autodiff/index.ts';
import { random } from '../data/random.ts';

/** `weight` `[out, in]` and `bias` `[out]`. */
export type Layer = { readonly weight: Tensor; readonly bias: Tensor };

/**
 * Draws tensors, each from a generator of its own label: uniform in ±1/sqrt(fan in), PyTorch's
 * default for the weights and biases of linear layers.
 */
export function uniformLayers(seed: number) {
  return (label: string, shape: readonly number[], fanIn: number): Tensor => {
    const generator = random(seed).fork(label);
    const bound = 1 / Math.sqrt(fanIn);
    const host = new Float64Array(shape.reduce((size, n) => size * n, 1));
    for (let i = 0; i < host.length; i++) host[i] = bound * (2 * generator.uniform() - 1);
    return tensor(host, shape);
  };
}

/** The rows of a table with 1 after them: what a bias multiplies. */
export const withOnes = (x: Tensor): Tensor => concat(x, full([x.shape[0], 1], 1), 1);

/** Weights with their bias as one more column. */
export const withBias = (weight: Tensor, bias: Tensor): Tensor => concat(weight, column(bias), 1);

/** A vector as a matrix of one column. */
export const column = (x: Tensor): Tensor => reshape(x, [x.size, 1]);
