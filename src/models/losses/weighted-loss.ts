/** @file The weighted squared loss over all user-item pairs, dense or from observed entries. */

import {
  add,
  greater,
  matmul,
  mul,
  ones,
  type SparsePattern,
  sddmm,
  spmm,
  square,
  sub,
  sum,
  type Tensor,
  where,
} from '../../autodiff/index.ts';
import { gram } from '../training/gram.ts';

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

/** The weight of each entry, elementwise; 1 where the entry is 0. */
export type Confidence = (x: Tensor) => Tensor;

/** The weight of an entry above 0, all others having 1, or that of each by itself. */
export type EntryWeight = WeightedLoss['weight'] | Confidence;

/** The weight of each entry. A number's comparison has no derivative. */
export const entryWeights = (x: Tensor, weight: EntryWeight): Tensor =>
  typeof weight === 'number' ? where(greater(x, 0), weight, 1) : weight(x);

const errors = (x: Tensor, scores: Tensor, weight: EntryWeight): Tensor =>
  mul(entryWeights(x, weight), square(sub(x, scores)));

/** `x` times the weights of its rows `[rows, 1]`, if there are any. */
const weighted = (x: Tensor, rows?: Tensor): Tensor => (rows ? mul(rows, x) : x);

/**
 * The sum of w (x - r)^2 over all pairs (Tang, Wen & Wang 2020, equation 5). `rowWeights`
 * `[rows, 1]` weigh the loss of each row.
 */
export const denseLoss = (
  x: Tensor,
  scores: Tensor,
  weight: EntryWeight,
  rowWeights?: Tensor,
): Tensor => sum(weighted(errors(x, scores, weight), rowWeights));

/** The parts of `denseLoss` of each row, `[rows, 1]`. */
export const denseLosses = (x: Tensor, scores: Tensor, weight: EntryWeight): Tensor =>
  sum(errors(x, scores, weight), -1, { keepDims: true });

/** What the observed entries of one pattern add to a loss in which all entries are 0. */
function corrections(
  pattern: SparsePattern,
  values: Tensor,
  p: Tensor,
  q: Tensor,
  weight: EntryWeight,
): Tensor {
  const scores = sddmm(pattern, p, q);
  return sub(mul(entryWeights(values, weight), square(sub(values, scores))), square(scores));
}

/**
 * The same sum for scores `p qᵀ`, with `p` `[rows, K]` and `q` `[columns, K]`, and an `x` that is 0
 * outside of `pattern`. `<pᵀp, qᵀq>` is the sum of r^2 over all pairs, as if every entry were 0; at
 * the observed ones `w (x - r)^2 - r^2` corrects it. Padding holds 0, where the correction is 0.
 * `rowWeights` `[rows, 1]` weigh the loss of each row.
 */
export function implicitZerosLoss(
  pattern: SparsePattern,
  values: Tensor,
  p: Tensor,
  q: Tensor,
  weight: EntryWeight,
  rowWeights?: Tensor,
): Tensor {
  const correction = corrections(pattern, values, p, q, weight);
  if (!rowWeights) return add(sum(mul(gram(p), gram(q))), sum(correction));
  const ofEntries = sddmm(pattern, rowWeights, ones([q.shape[0], 1]));
  const zeros = mul(gram(p, mul(rowWeights, p)), gram(q));
  return add(sum(zeros), sum(mul(ofEntries, correction)));
}

/** The parts of `implicitZerosLoss` of each row, `[rows, 1]`. */
export function implicitZerosLosses(
  pattern: SparsePattern,
  values: Tensor,
  p: Tensor,
  q: Tensor,
  weight: EntryWeight,
): Tensor {
  const correction = corrections(pattern, values, p, q, weight);
  const zeros = sum(mul(p, matmul(p, gram(q))), -1, { keepDims: true });
  return add(zeros, spmm(pattern, correction, ones([q.shape[0], 1])));
}
