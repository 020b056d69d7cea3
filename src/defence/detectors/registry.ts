/** @file The detectors by name. */

import { named } from '../../named.ts';
import { coDetector } from './co-detector.ts';
import { degreeSad } from './degree-sad.ts';
import type { Detector } from './detector.ts';
import { duplicates } from './duplicates.ts';
import { fap } from './fap.ts';
import { influence } from './influence.ts';
import { isolationForest } from './isolation-forest.ts';
import { localOutlierFactor } from './local-outlier-factor.ts';
import { pcaVarSelect } from './pca-var-select.ts';
import { popularityLikelihood } from './popularity-likelihood.ts';
import { svdResidualDetector } from './svd-residual.ts';

/** All detectors. */
export const detectors: readonly Detector[] = [
  degreeSad,
  pcaVarSelect,
  fap,
  coDetector,
  localOutlierFactor,
  isolationForest,
  popularityLikelihood,
  svdResidualDetector,
  duplicates,
  influence,
];

/** The names of all detectors. */
export const detectorNames: readonly string[] = detectors.map(({ name }) => name);

/** The detector of this name. Throws a UserError that lists the names of all. */
export const detector = (name: string): Detector => named(detectors, 'detector', name);
