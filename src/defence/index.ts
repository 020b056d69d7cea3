/** @file hypertape/defence: features of click profiles, detectors of fake users, and defences. */

export type { Detector, DetectorOptions, Labelled } from './detectors/detector.ts';
export { pcaDistances, userComponents } from './detectors/pca-var-select.ts';
export { detector, detectorNames, detectors } from './detectors/registry.ts';
export type { Feature } from './features/feature.ts';
export {
  meanInversePopularity,
  meanLogPopularity,
  mud,
  popularityNll,
  profileLength,
  qud,
  rud,
} from './features/popularity.ts';
export { featureNames, features } from './features/registry.ts';
export { degSimCosine, degSimJaccard, maxJaccard } from './features/similarity.ts';
export { svdResidual, svdResiduals } from './features/svd-residual.ts';
