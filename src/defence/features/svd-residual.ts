/** @file What the best approximation of low rank leaves of a profile. */

import type { SparseMatrix } from '../../data/sparse.ts';
import { productsWith } from '../numerics/products.ts';
import { topEigen } from '../numerics/top-eigen.ts';
import { type Feature, ofEachUser } from './feature.ts';

/**
 * `‖x_u - x_u V Vᵀ‖² / N_u` with the `rank` first right singular vectors V of the clicks X:
 * between 0 and 1. From the eigenvectors U of X Xᵀ, `‖x_u V‖²` is `Σ σ_j² U_uj²`. Throws the
 * signal's reason when that is aborted.
 */
export async function svdResiduals(
  clicks: SparseMatrix,
  rank: number,
  seed = 0,
  signal?: AbortSignal,
): Promise<Float64Array> {
  const { times, transposedTimes } = productsWith(clicks);
  const gram = { size: clicks.rows, apply: (x: Float64Array) => times(transposedTimes(x)) };
  const { values, vectors } = await topEigen(gram, rank, seed, signal);
  return ofEachUser(clicks, (items, user) => {
    const kept = values.reduce((sum, value, j) => sum + value * vectors[j][user] ** 2, 0);
    return Math.max(0, 1 - kept / items.length);
  });
}

/** The residual at rank 16. */
export const svdResidual: Feature = {
  name: 'SVD residual',
  about: 'share of the profile that the SVD of rank 16 of all clicks leaves',
  values: (clicks, signal) => svdResiduals(clicks, 16, 0, signal),
};
