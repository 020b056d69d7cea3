/** @file `isolation-forest`: profiles that few random cuts of feature space set apart. */

import { isolationScores } from '../numerics/isolation-forest.ts';
import type { Detector } from './detector.ts';
import { featureTable } from './feature-table.ts';

/** The score is that of 100 trees of 256 users each, as published. */
export const isolationForest: Detector = {
  name: 'isolation-forest',
  about: 'isolation forest on the features, 100 trees of 256 users (Liu et al. 2008)',
  needs: 'clicks',
  scores: async (clicks, { seed, signal }) =>
    isolationScores(await featureTable(clicks, signal), {
      trees: 100,
      sample: 256,
      seed,
      signal,
    }),
};
