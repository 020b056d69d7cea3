/** @file Small bilevel problems: the recommenders of the models' tests, attacked. */

import { adversarialLoss, type Goal, interestOf } from '../../src/attack/index.ts';
import {
  type BilevelProblem,
  type RowIndex,
  rowIndex,
  type Tree,
} from '../../src/autodiff/index.ts';
import { type Factors, type Poison, predictions, scoresOf } from '../../src/models/index.ts';
import { data, fakeRows, type ProblemOptions, recommender, users } from '../models/recommenders.ts';

export * from '../models/recommenders.ts';

export const goal: Goal = { kind: 'promote', targets: [1, 4] };

export type Problem = BilevelProblem<Tree, Poison, Tree, Tree>;

export function problem(options: ProblemOptions): Problem {
  const model = recommender(options);
  const interest = interestOf(goal, data);
  return {
    ...model,
    inputs: { fakes: fakeRows },
    objective: (state, poison) =>
      adversarialLoss(goal, predictions(model, state, poison), interest),
  };
}

/** The same problem with the objective taken user by user, of factors made once for all. */
export function inBlocks(
  options: ProblemOptions,
): BilevelProblem<Tree, Poison, Factors, Tree, RowIndex> {
  const model = recommender(options);
  const interest = interestOf(goal, data);
  return {
    ...problem(options),
    readout: model.factors,
    blocks: Array.from({ length: users }, (_, user) => rowIndex(Int32Array.of(user), users)),
    objective: (factors, _poison, block) =>
      adversarialLoss(goal, scoresOf(factors, block), interest),
  };
}
