/** @file Where a recommender puts fake users among real ones: its factors of users in a plane. */

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { NamedArray } from '../../data/portable.ts';
import { UserError } from '../../errors.ts';

/** A user in the plane of the two first principal components. */
export interface PlanePoint {
  readonly x: number;
  readonly y: number;
  readonly fake: boolean;
}

/** The points of all users, real ones first, and the share of the variance along x and along y. */
export interface LatentPlane {
  readonly points: readonly PlanePoint[];
  readonly explained: readonly [number, number];
}

/** The plane with its directions, by which other vectors of the factors' space are drawn in it. */
export interface LatentAxes extends LatentPlane {
  /** The directions along x and along y, of norm 1, by factor. */
  readonly axes: readonly [readonly number[], readonly number[]];
}

/**
 * The first two principal components of factors `[users, K]` (Tang, Wen & Wang 2020, figure 5c),
 * such as `arrays().users` of a trained factor model: rows from `realUsers` on are fake. The
 * components are those of all rows; the row farthest out along each lies on its positive side.
 * Throws a UserError for factors that are no table of at least two columns.
 */
export function latentPlane(factors: NamedArray, realUsers: number): LatentAxes {
  const [users, width] = factors.shape;
  if (factors.shape.length !== 2 || width < 2 || users < 2) {
    throw new UserError(`factors: expected users by 2 or more factors, got [${factors.shape}]`);
  }
  if (!(realUsers >= 1 && realUsers <= users)) {
    throw new UserError(`real users: expected 1 to ${users}, got ${realUsers}`);
  }
  const mean = new Float64Array(width);
  factors.data.forEach((x, cell) => {
    mean[cell % width] += x / users;
  });
  const covariance = covarianceOf(factors.data, mean, users);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, {
    assumeSymmetric: true,
  });
  const order = realEigenvalues.map((_, i) => i);
  order.sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const components = [order[0], order[1]].map((i) => {
    const axis = eigenvectorMatrix.getColumn(i);
    const along = Float64Array.from({ length: users }, (_, user) =>
      axis.reduce((sum, a, k) => sum + a * (factors.data[user * width + k] - mean[k]), 0),
    );
    const farthest = along.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
    return farthest < 0
      ? { axis: axis.map((a) => -a), along: along.map((x) => -x) }
      : { axis, along };
  });
  const [first, second] = components;
  const variance = realEigenvalues.reduce((sum, x) => sum + x, 0);
  const share = (i: number) =>
    variance > 0 ? Math.max(0, realEigenvalues[order[i]]) / variance : 0;
  return {
    points: Array.from({ length: users }, (_, user) => ({
      x: first.along[user],
      y: second.along[user],
      fake: user >= realUsers,
    })),
    explained: [share(0), share(1)],
    axes: [first.axis, second.axis],
  };
}

function covarianceOf(data: ArrayLike<number>, mean: Float64Array, users: number): Matrix {
  const width = mean.length;
  const covariance = new Float64Array(width * width);
  const row = new Float64Array(width);
  for (let user = 0; user < users; user++) {
    for (let k = 0; k < width; k++) row[k] = data[user * width + k] - mean[k];
    for (let a = 0; a < width; a++) {
      for (let b = 0; b < width; b++) covariance[a * width + b] += (row[a] * row[b]) / users;
    }
  }
  return Matrix.from1DArray(width, width, covariance);
}
