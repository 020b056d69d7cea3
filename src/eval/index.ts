/** @file hypertape/eval: metrics, and the check of hypergradients from other frameworks. */

export { type Fixture, type FixtureResult, readFixture, verifyFixture } from './fixture.ts';
