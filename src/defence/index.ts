/** @file hypertape/defence: features of click profiles, detectors of fake users, and defences. */

export {
  certifiedSize,
  cleanShare,
  type Ensemble,
  type UserVotes,
  type Votes,
} from './defences/certificate.ts';
export {
  type Defence,
  type DefenceSettings,
  type DefenceTask,
  type Defended,
  expectVictim,
} from './defences/defence.ts';
export { fakeProbabilities } from './defences/down-weighting.ts';
export { castVotes, type EnsembleOptions, votesOf } from './defences/pore.ts';
export { defence, defenceNames, defences } from './defences/registry.ts';
export type { Detector, DetectorOptions, Labelled } from './detectors/detector.ts';
export { pcaDistances, userComponents } from './detectors/pca-var-select.ts';
export { detector, detectorNames, detectors } from './detectors/registry.ts';
export type { Feature, ShortFeature } from './features/feature.ts';
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
export { type Bounds, clopperPearson } from './numerics/binomial.ts';
