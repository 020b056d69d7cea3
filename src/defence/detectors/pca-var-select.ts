/** @file `pca-var-select`: users who contribute little variance of their own. */

import type { SparseMatrix } from '../../data/sparse.ts';
import { productsWith } from '../numerics/products.ts';
import { type Eigenpairs, topEigen } from '../numerics/top-eigen.ts';
import type { Detector } from './detector.ts';

/**
 * The first `count` eigenpairs of the covariance of users, C = D Dᵀ / items, where D are the clicks
 * of each user less their mean, divided by their standard deviation. A user who clicked nothing or
 * everything has no deviation and is a row of zeros.
 */
export function userComponents(
  clicks: SparseMatrix,
  count: number,
  seed: number,
  signal?: AbortSignal,
): Promise<Eigenpairs> {
  const { rows, indptr } = clicks;
  const columns = Math.max(1, clicks.columns);
  const { times, transposedTimes } = productsWith(clicks);
  const share = Float64Array.from(
    { length: rows },
    (_, user) => (indptr[user + 1] - indptr[user]) / columns,
  );
  const inverse = share.map((p) => (p > 0 && p < 1 ? 1 / Math.sqrt(p * (1 - p)) : 0));
  const apply = (vector: Float64Array): Float64Array => {
    const scaled = vector.map((x, user) => x * inverse[user]);
    const mean = scaled.reduce((sum, x, user) => sum + x * share[user], 0);
    const overItems = transposedTimes(scaled).map((x) => x - mean);
    const total = overItems.reduce((sum, x) => sum + x, 0);
    return times(overItems).map((x, user) => ((x - share[user] * total) * inverse[user]) / columns);
  };
  return topEigen({ size: rows, apply }, count, seed, signal);
}

/**
 * `Σ v_j(u)²` of each user u over the first `components` eigenvectors v_j of `userComponents`. Those
 * without variance, whose eigenvectors could as well be others, count nothing.
 */
export async function pcaDistances(
  clicks: SparseMatrix,
  components: number,
  seed = 0,
  signal?: AbortSignal,
): Promise<Float64Array> {
  const pairs = await userComponents(clicks, components, seed, signal);
  const least = 1e-6 * (pairs.values[0] ?? 0);
  const vectors = pairs.vectors.filter((_, j) => pairs.values[j] > least);
  return Float64Array.from({ length: clicks.rows }, (_, user) =>
    vectors.reduce((sum, vector) => sum + vector[user] ** 2, 0),
  );
}

/**
 * PCA-VarSelect as published (Mehta & Nejdl 2009): fake users covary with everybody, so that their
 * distance from the origin along the first three components is small. The score is minus that.
 */
export const pcaVarSelect: Detector = {
  name: 'pca-var-select',
  about: 'minus the distance along the first 3 principal components of users (Mehta & Nejdl 2009)',
  needs: 'clicks',
  scores: async (clicks, { seed, signal }) =>
    (await pcaDistances(clicks, 3, seed, signal)).map((distance) => -distance),
};
