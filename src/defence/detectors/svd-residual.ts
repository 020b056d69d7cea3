/** @file `svd-residual`: profiles that are not made of the tastes that others share. */

import { svdResiduals } from '../features/svd-residual.ts';
import type { Detector } from './detector.ts';

/** The score is the feature `SVD residual`, at rank 16. */
export const svdResidualDetector: Detector = {
  name: 'svd-residual',
  about: 'share of the profile that the SVD of rank 16 of all clicks leaves',
  needs: 'clicks',
  scores: (clicks, { seed, signal }) => svdResiduals(clicks, 16, seed, signal),
};
