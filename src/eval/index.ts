/** @file hypertape/eval: metrics, victims, experiments, and fixtures of other frameworks. */

export { checkFakes } from './check-fakes.ts';
export { runSynthetic, type SyntheticExperiment } from './experiments/synthetic.ts';
export type { Fixture, TrainingCheck } from './fixtures/fixture.ts';
export { readFixture } from './fixtures/read.ts';
export { type FixtureResult, verifyFixture } from './fixtures/verify.ts';
export {
  type Metrics,
  type MetricsOptions,
  measure,
  measureRecall,
  type RankingOptions,
} from './metrics/measure.ts';
export { excludeClicks, excluded, ranksOf, topItems } from './metrics/ranking.ts';
export { itemsOf, parseTargets, type Stratum, strata } from './metrics/strata.ts';
export { syntheticReport } from './report/synthetic.ts';
export { type EarlyStopping, type Measurement, stopEarly } from './training/early-stopping.ts';
export { loadModel, type SavedModel, saveModel } from './training/model-file.ts';
export { evaluateVictim, type VictimOptions, type VictimResult } from './training/victim.ts';
