/** @file hypertape/eval: metrics, victims, experiments, and fixtures of other frameworks. */

export { comparisonFindings, horizonSentence } from './compare/findings.ts';
export { type ComparisonModule, type GivenComparison, givenProblem } from './compare/given.ts';
export {
  type Affordable,
  cellsIn,
  methodHelp,
  methodsOf,
  suitableMethods,
} from './compare/methods.ts';
export {
  type SolverCurve,
  type SolverPoint,
  solverCurves,
  solverPoints,
} from './compare/solver-curves.ts';
export type { AttackCase } from './detection/attack-case.ts';
export { type AttackFile, readAttackFile } from './detection/attack-file.ts';
export { cellKinds } from './experiments/cells/index.ts';
export type { Experiment, Figure, Results, Scope, Section } from './experiments/experiment.ts';
export { quickData } from './experiments/quick-data.ts';
export { cellsOf, experiments, experimentsNamed } from './experiments/registry.ts';
export { readResults } from './experiments/results.ts';
export {
  attacksOnGowalla,
  attacksPublished,
  type PublishedAttacks,
  paperData,
  readStudyData,
  type StudyData,
  studyData,
  studyDigest,
} from './experiments/study-data.ts';
export {
  type Refuse,
  readAttackState,
  runVersion,
  writeAttackState,
} from './files/attack-state.ts';
export {
  type DataDigest,
  dataDigest,
  dataDigestSchema,
  expectSameData,
  trainDigest,
} from './files/data-digest.ts';
export {
  type FakesRecord,
  readFakes,
  type StoredFakes,
  seedsOf,
  writeFakes,
} from './files/fakes-file.ts';
export { loadModel, type SavedModel, saveModel } from './files/model-file.ts';
export type { Fixture, TrainingCheck } from './fixtures/fixture.ts';
export type { GivenProblem, ProblemModule } from './fixtures/module.ts';
export {
  type ProblemFixture,
  type Row,
  type RowErrors,
  verifyProblem,
} from './fixtures/problem.ts';
export { type AnyFixture, readAnyFixture, readFixture } from './fixtures/read.ts';
export { type FixtureResult, verifyFixture } from './fixtures/verify.ts';
export * from './portable.ts';
export type { AnyProblem, ComparedProblem, InnerLoss, NeutralProblem } from './problems/problem.ts';
export { neutralProblem, neutralProblems } from './problems/registry.ts';
export { type AttackStory, attackReport } from './report/attack.ts';
export { attackHorizon, type Horizon } from './report/attack-horizon.ts';
export { type Judges, keptText } from './report/attack-words.ts';
export { type ComparisonStory, comparisonReport, shortName } from './report/compare.ts';
export {
  certificateTable,
  type DefenceOutcome,
  defenceReport,
  defenceTable,
  findings,
} from './report/defence.ts';
export {
  chosenPercent,
  costText,
  type DetectionReport,
  detectionReport,
  type FeatureColumn,
  intervalText,
} from './report/detection.ts';
export { latentChart, popularityChart } from './report/detection-charts.ts';
export { experimentsReport, type ReportPart } from './report/experiments.ts';
export { type FigureRow, figureRows } from './report/figures.ts';
export { syntheticReport } from './report/synthetic.ts';
export { counted, nounOf, seedsText } from './report/words.ts';
