/** @file The adversarial loss of a surrogate as the objective of a bilevel problem. */

import {
  type Objective,
  type RowIndex,
  rowIndex,
  type Tensor,
  type Tree,
} from '../autodiff/index.ts';
import type { SparseMatrix } from '../data/sparse.ts';
import { type Factors, type Poison, type Recommender, scoresOf } from '../models/index.ts';
import { adversarialLoss, type Goal, interestOf } from './goal.ts';

/** Some real users, or all where `users` is left out, and their `interestOf`. */
export type UserBlock = { readonly users?: RowIndex; readonly interest: Tensor };

/**
 * The objective that an attack minimises: `adversarialLoss` summed over real users, in blocks of
 * `blockUsers` users whose scores are in memory at once; default all. To make a bilevel problem, add
 * the surrogate and `inputs`, the fake users.
 */
export function adversarialObjective<S extends Tree>(
  surrogate: Recommender<S>,
  goal: Goal,
  train: SparseMatrix,
  blockUsers = surrogate.users,
): Omit<Objective<S, Poison, Factors, UserBlock>, 'inputs'> {
  return {
    readout: surrogate.factors,
    objective: (factors, _poison, { users, interest }) =>
      adversarialLoss(goal, scoresOf(factors, users), interest),
    blocks: userBlocks(goal, train, blockUsers),
  };
}

function userBlocks(goal: Goal, train: SparseMatrix, blockUsers: number): UserBlock[] {
  if (blockUsers >= train.rows) return [{ interest: interestOf(goal, train) }];
  // Targets are the same for all users: one row, uploaded once.
  const common = goal.kind === 'untargeted' ? undefined : interestOf(goal, train);
  const blocks: UserBlock[] = [];
  for (let from = 0; from < train.rows; from += blockUsers) {
    const length = Math.min(blockUsers, train.rows - from);
    const users = Int32Array.from({ length }, (_, i) => from + i);
    const interest = common ?? interestOf(goal, train, users);
    blocks.push({ users: rowIndex(users, train.rows), interest });
  }
  return blocks;
}
