/** @file Linear layers: their activations, and a bias as one more column of the weight. */

import {
  concat,
  full,
  relu,
  reshape,
  selu,
  sigmoid,
  type Tensor,
  tanh,
} from '../../autodiff/index.ts';

/** The activations of hidden layers by name. */
export const activations = { selu, tanh, relu, sigmoid };
/** The name of an activation. */
export type Activation = keyof typeof activations;

/** `weight` `[out, in]` and `bias` `[out]`. */
export type Layer = { readonly weight: Tensor; readonly bias: Tensor };

/** A table with a column of ones after its own: what a bias multiplies. */
export const withOnes = (x: Tensor): Tensor => concat(x, full([x.shape[0], 1], 1), 1);

/** A weight with its bias as one more column. */
export const withBias = (weight: Tensor, bias: Tensor): Tensor => concat(weight, column(bias), 1);

/** A vector `[n]` as a matrix `[n, 1]`. */
export const column = (x: Tensor): Tensor => reshape(x, [x.size, 1]);
