/** @file The features of profiles by name. */

import type { Feature } from './feature.ts';
import {
  meanInversePopularity,
  meanLogPopularity,
  mud,
  popularityNll,
  profileLength,
  qud,
  rud,
} from './popularity.ts';
import { degSimCosineFeature, degSimJaccardFeature, maxJaccard } from './similarity.ts';
import { svdResidual } from './svd-residual.ts';

/** All features. */
export const features: readonly Feature[] = [
  mud,
  rud,
  qud,
  profileLength,
  meanInversePopularity,
  meanLogPopularity,
  degSimCosineFeature,
  degSimJaccardFeature,
  maxJaccard,
  popularityNll,
  svdResidual,
];

/** The names of all features. */
export const featureNames: readonly string[] = features.map(({ name }) => name);
