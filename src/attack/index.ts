/** @file hypertape/attack: learned and heuristic injection attacks on recommenders. */

export { averageClicks, budgetOf } from './budget.ts';
export {
  bytesOfClicks,
  type Clicks,
  candidatesOf,
  clicksOf,
  denseClicks,
  matrixOf,
} from './clicks.ts';
export type { Effect, Measured } from './effect.ts';
export { adversarialLoss, checkGoal, type Goal, interestOf, targetsOf } from './goal.ts';
export { copiedUsers } from './heuristics/copied-users.ts';
export { randomFiller } from './heuristics/random-filler.ts';
export {
  type AttackOptions,
  type AttackRecord,
  type AttackState,
  learnFakes,
  type Surrogates,
  startAttack,
} from './learn.ts';
export { adversarialObjective, type UserBlock } from './objective.ts';
export { type Projection, project } from './projection.ts';
export type { OuterDescent } from './update.ts';
