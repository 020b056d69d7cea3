/** @file Adam on those rows of tables that a batch touches, as torch.optim.SparseAdam. */

import { where } from './math.ts';
import { type AdamOptions, type AdamState, type AdamWeights, adamStep } from './optimizers.ts';
import type { Tensor } from './tensor.ts';
import { mapTree, type Tree } from './tree.ts';

/**
 * One step of Adam on rows gathered from tables `[rows, …]` and from the averages of their
 * gradients, to be written back by `updateRows`. It differs from `adam` in that a row without a
 * gradient stands still: its averages do not decay and do not move it, while `weights`, the bias
 * correction, count all steps (`nextWeights`). With all rows in every step it is `adam`.
 *
 * `touched` `[n, 1]` is 1 for rows that got a gradient and 0 for rows of padding, which stay.
 */
export function lazyAdamStep<P extends Tree>(
  gradients: P,
  rows: AdamState<P>,
  weights: AdamWeights,
  touched: Tensor,
  options: Omit<AdamOptions, 'weightDecay'>,
): AdamState<P> {
  const next = adamStep(gradients, rows, weights, options);
  return mapTree((after, before) => where(touched, after, before), next, rows);
}
