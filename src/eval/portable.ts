/** @file The part of hypertape/eval that runs in browsers too: all but files, fixtures, reports. */

export {
  type BootstrapInterval,
  type Cost,
  costOf,
  type Judgement,
  judge,
  thresholdOf,
} from './detection/judge.ts';
export { type LatentPlane, latentPlane, type PlanePoint } from './detection/latent-plane.ts';
export type { LeakyJudgement } from './detection/leaky.ts';
export {
  type ClickGroup,
  type DensityPoint,
  popularityDensities,
} from './detection/popularity-density.ts';
export {
  type Detection,
  type DetectionResult,
  evaluateDetectors,
  exampleOf,
  type ProtocolOptions,
  type Skipped,
} from './detection/protocol.ts';
export {
  averagePrecision,
  detectionAt,
  precisionAt,
  type RocPoint,
  rocAuc,
  rocCurve,
  type Scored,
} from './detection/roc.ts';
export {
  prepareSynthetic,
  runSynthetic,
  type SyntheticExperiment,
  type SyntheticFacts,
  type SyntheticOutcome,
  type SyntheticSetup,
} from './experiments/synthetic.ts';
export { checkFakes, expectStrangers } from './files/check-fakes.ts';
export { type Certified, certify } from './metrics/certified.ts';
export { type Estimate, estimate, studentQuantile } from './metrics/interval.ts';
export {
  type Metrics,
  type MetricsOptions,
  measure,
  measureRecall,
  type RankingOptions,
  usersAtOnce,
} from './metrics/measure.ts';
export { type Overlap, overlapOf } from './metrics/overlap.ts';
export { excludeClicks, excluded, type Places, placesOf, topItems } from './metrics/ranking.ts';
export { itemsOf, type OnBound, parseTargets, type Stratum, strata } from './metrics/strata.ts';
export {
  type DefenceRow,
  type DefenceRuns,
  type DefenceSummary,
  summaryOf,
} from './training/defence-runs.ts';
export {
  type DefendedOptions,
  type DefendedResult,
  evaluateDefended,
  type Treated,
} from './training/defended.ts';
export { diverged } from './training/diverged.ts';
export { type EarlyStopping, type Measurement, stopEarly } from './training/early-stopping.ts';
export {
  type Averages,
  averaged,
  averagesOf,
  changesOf,
  type VictimRun,
  victimSeeds,
} from './training/repeated.ts';
export { evaluateVictim, type VictimOptions, type VictimResult } from './training/victim.ts';
