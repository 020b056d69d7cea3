/** @file The weighted squared loss over all user-item pairs, dense or from observed entries. */

import {
  add,
  greater,
  matmul,
  mul,
  type SparsePattern,
  sddmm,
  square,
  sub,
  sum,
  type Tensor,
  where,
} from '../../autodiff/index.ts';

/** How observed and missing entries enter a squared loss. */
export type WeightedLoss = {
  /** Weight of an entry above 0. All others have weight 1. It is constant to every derivative. */
  readonly weight: number;
  /**
   * `dense` computes every user-item pair. `implicit-zeros` computes the same sum from the
   * observed entries and two Gram matrices, without all pairs in memory. Fake users stay dense.
   */
  readonly loss: 'dense' | 'implicit-zeros';
};

/** The weight of each entry: `weight` above 0, else 1. A comparison has no derivative. */
export const entryWeights = (x: Tensor, weight: number): Tensor => where(greater(x, 0), weight, 1);

/** The sum of w (x - r)^2 over all pairs (Tang, Wen & Wang 2020, equation 5). */
export const denseLoss = (x: Tensor, scores: Tensor, weight: number): Tensor =>
  sum(mul(entryWeights(x, weight), square(sub(x, scores))));

/**
 * The same sum for scores `p qᵀ`, with `p` `[rows, K]` and `q` `[columns, K]`, and an `x` that is 0
 * outside of `pattern`. `<pᵀp, qᵀq>` is the sum of r^2 over all pairs, as if every entry were 0; at
 * the observed ones `w (x - r)^2 - r^2` corrects it. Padding holds 0, where the correction is 0.
 */
export function implicitZerosLoss(
  pattern: SparsePattern,
  values: Tensor,
  p: Tensor,
  q: Tensor,
  weight: number,
): Tensor {
  const scores = sddmm(pattern, p, q);
  const correction = sub(
    mul(entryWeights(values, weight), square(sub(values, scores))),
    square(scores),
  );
  const gram = (x: Tensor) => matmul(x, x, { transposeA: true });
  return add(sum(mul(gram(p), gram(q))), sum(correction));
}
