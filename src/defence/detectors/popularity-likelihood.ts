/** @file `popularity-likelihood`: profiles that clicks by popularity alone would hardly give. */

import { popularityNll } from '../features/popularity.ts';
import type { Detector } from './detector.ts';

/** The score is the feature `NLL`. */
export const popularityLikelihood: Detector = {
  name: 'popularity-likelihood',
  about: 'negative log-likelihood of the profile if clicks follow popularity alone',
  needs: 'clicks',
  scores: async (clicks) => popularityNll.values(clicks),
};
