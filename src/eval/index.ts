/** @file hypertape/eval: metrics, victims, experiments, and fixtures of other frameworks. */

export { type EarlyStopping, type Measurement, stopEarly } from './early-stopping.ts';
export { checkFakes } from './fakes.ts';
export { type Fixture, type FixtureResult, readFixture, verifyFixture } from './fixture.ts';
export {
  type Metrics,
  type MetricsOptions,
  measure,
  measureRecall,
  type RankingOptions,
} from './metrics.ts';
export { loadModel, type SavedModel, saveModel } from './model-file.ts';
export { excludeClicks, excluded, ranksOf, topItems } from './ranking.ts';
export { syntheticReport } from './report.ts';
export { itemsOf, parseTargets, type Stratum, strata } from './strata.ts';
export { runSynthetic, type SyntheticExperiment } from './synthetic-experiment.ts';
export { evaluateVictim, type VictimOptions, type VictimResult } from './victim.ts';
