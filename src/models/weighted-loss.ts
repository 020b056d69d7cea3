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
} from '../autodiff/index.ts';

/** Weight of each entry: `weight` above 0, else 1; comparisons have no derivative. */
export const entryWeights = (x: Tensor, weight: number): Tensor => where(greater(x, 0), weight, 1);

/** sum of w (x - r)^2 over all pairs (Tang, Wen & Wang 2020, equation 5). */
export const denseLoss = (x: Tensor, scores: Tensor, weight: number): Tensor =>
  sum(mul(entryWeights(x, weight), square(sub(x, scores))));

/**
 * The same sum for scores `P Qᵀ` and an `x` that is 0 outside of `pattern`:
 * `<PᵀP, QᵀQ>` for all pairs as if each were 0, corrected at the observed ones by
 * `w (x - r)^2 - r^2`. Entries of padding hold 0, where the correction vanishes.
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
