/** @file The features of all users as points, each column of mean 0 and standard deviation 1. */

import type { SparseMatrix } from '../../data/sparse.ts';
import {
  meanInversePopularity,
  meanLogPopularity,
  mud,
  profileLength,
  qud,
  rud,
} from '../features/popularity.ts';
import { degSimCosineFeature, maxJaccard } from '../features/similarity.ts';
import type { Points } from '../numerics/local-outlier-factor.ts';

/** The columns: what tells a profile without a decomposition of all clicks. */
const columns = [
  mud,
  rud,
  qud,
  profileLength,
  meanInversePopularity,
  meanLogPopularity,
  degSimCosineFeature,
  maxJaccard,
];

/**
 * The points `[users, 8]`. A feature that is the same for everybody is 0. Throws the signal's reason
 * when that is aborted.
 */
export async function featureTable(clicks: SparseMatrix, signal?: AbortSignal): Promise<Points> {
  const [size, width] = [clicks.rows, columns.length];
  const coordinates = new Float64Array(size * width);
  for (const [column, feature] of columns.entries()) {
    const values = await feature.values(clicks, signal);
    const mean = values.reduce((sum, x) => sum + x, 0) / size;
    const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / size);
    // Rounding alone makes no feature.
    const scale = deviation > 1e-12 * Math.abs(mean) ? 1 / deviation : 0;
    values.forEach((x, user) => {
      coordinates[user * width + column] = (x - mean) * scale;
    });
  }
  return { size, width, coordinates };
}
