/** @file hypertape/eval: metrics, victims, experiments, and fixtures of other frameworks. */

export type { Fixture, TrainingCheck } from './fixtures/fixture.ts';
export { readFixture } from './fixtures/read.ts';
export { type FixtureResult, verifyFixture } from './fixtures/verify.ts';
export * from './portable.ts';
export { syntheticReport } from './report/synthetic.ts';
export {
  type DataDigest,
  dataDigest,
  dataDigestSchema,
  expectSameData,
  trainDigest,
} from './training/data-digest.ts';
export {
  type FakesRecord,
  readFakes,
  type StoredFakes,
  seedsOf,
  writeFakes,
} from './training/fakes-file.ts';
export { loadModel, type SavedModel, saveModel } from './training/model-file.ts';
