/** @file `duplicates`: profiles that nearly repeat another one. */

import { maxJaccard } from '../features/similarity.ts';
import type { Detector } from './detector.ts';

/** The score is the feature `max Jaccard`. */
export const duplicates: Detector = {
  name: 'duplicates',
  about: 'Jaccard similarity to the most similar other profile',
  needs: 'clicks',
  scores: async (clicks, { signal }) => maxJaccard.values(clicks, signal),
};
