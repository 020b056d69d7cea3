/** @file hypertape/attack: learned and heuristic injection attacks on recommenders. */

export {
  type Allowance,
  allowanceOf,
  allowedOf,
  averageClicks,
  type Budget,
  type BudgetFigures,
  budgetFor,
  budgetOf,
  expectWithin,
  lengthsOf,
  usedOf,
} from './budget.ts';
export {
  bytesOfClicks,
  type Clicks,
  candidatesOf,
  clicksOf,
  denseClicks,
  matrixOf,
} from './clicks.ts';
export type { Effect, Measured } from './effect.ts';
export { type FeatureBounds, GenuineRange } from './genuine-range.ts';
export { adversarialLoss, checkGoal, type Goal, interestOf, targetsOf } from './goal.ts';
export { type BandwagonSettings, bandwagon } from './heuristics/bandwagon.ts';
export { copy } from './heuristics/copy.ts';
export { popular } from './heuristics/popular.ts';
export { popularityProportional } from './heuristics/popularity-proportional.ts';
export {
  aggregateSimilarity,
  inDegrees,
  type PowerUserSettings,
  powerUser,
} from './heuristics/power-user.ts';
export { randomFiller } from './heuristics/random-filler.ts';
export { type SegmentSettings, segment, similarityTo } from './heuristics/segment.ts';
export { type AttackContext, type AttackKind, craftFakes, type Learning } from './kind.ts';
export {
  type AttackOptions,
  type AttackRecord,
  type AttackState,
  type ImplicitRecord,
  learnFakes,
  startAttack,
} from './learn.ts';
export { copiedUsers, firstUsers } from './learned/copied-users.ts';
export { type DpSettings, dp, Selection } from './learned/dp.ts';
export { type HypergradientSettings, hypergradientAttack } from './learned/hypergradient.ts';
export { type PgaSettings, pga, relaxedDescent } from './learned/pga.ts';
export {
  foldedIn,
  type PoisonBatch,
  type PoisonOptions,
  poisonModel,
} from './learned/poison-model.ts';
export {
  attackDepartures,
  departures,
  type PublishedAttack,
  publishedAttack,
  publishedAttacks,
} from './learned/published.ts';
export {
  type ImplicitRun,
  implicitAt,
  type RestingSurrogate,
} from './learned/rested.ts';
export {
  influences,
  type ListPairs,
  proximalStep,
  rankingLoss,
  type SAttackSettings,
  sAttack,
} from './learned/s-attack.ts';
export { type AttackSeeds, attackSeeds } from './learned/seeds.ts';
export { type ClickPrior, clickPrior, langevin, type SgldSettings, sgld } from './learned/sgld.ts';
export { adversarialObjective, type UserBlock } from './objective.ts';
export { type Projection, project, projectionOf } from './projection.ts';
export { attackKind, attackKinds, attackNames } from './registry.ts';
export {
  type AttackSetting,
  type AttackSettingDefinition,
  type AttackSettingName,
  type AttackSettings,
  attackSettings,
} from './settings.ts';
export { clickSurprise, type StealthFeature, stealthFeatures, stealthPenalty } from './stealth.ts';
export type { AttackRecommenders, Surrogates } from './surrogates.ts';
export type { OuterDescent, UpdateRule } from './update.ts';
