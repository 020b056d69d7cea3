/** @file `lof`: profiles in a thinner place of feature space than their neighbours. */

import { localOutlierFactors } from '../numerics/local-outlier-factor.ts';
import type { Detector } from './detector.ts';
import { featureTable } from './feature-table.ts';

/** The score is the local outlier factor by 20 neighbours among standardised features. */
export const localOutlierFactor: Detector = {
  name: 'lof',
  about: 'local outlier factor of the features, 20 neighbours (Breunig et al. 2000)',
  needs: 'clicks',
  scores: async (clicks, { signal }) =>
    localOutlierFactors(await featureTable(clicks, signal), 20, signal),
};
