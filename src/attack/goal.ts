/** @file The goal of an attack, and the adversarial loss that measures it. */

import { logSumExp, mul, neg, sub, sum, type Tensor, tensor } from '../autodiff/index.ts';
import type { SparseMatrix } from '../data/sparse.ts';
import { UserError } from '../errors.ts';

/**
 * `promote` recommends the target items to everyone, `demote` to no one. `untargeted` spoils the
 * recommendations: it makes each user's own items unlikely.
 */
export type Goal =
  | { readonly kind: 'promote'; readonly targets: readonly number[] }
  | { readonly kind: 'demote'; readonly targets: readonly number[] }
  | { readonly kind: 'untargeted' };

/** The target items, none for an untargeted attack. */
export const targetsOf = (goal: Goal): readonly number[] =>
  goal.kind === 'untargeted' ? [] : goal.targets;

/** The items that each fake user clicks for the goal: to demote an item, none clicks it. */
export const clickedTargets = (goal: Goal): readonly number[] =>
  goal.kind === 'promote' ? goal.targets : [];

/** Throws a UserError for a targeted goal without targets, or with one twice or outside of the catalogue. */
export function checkGoal(goal: Goal, items: number): void {
  if (goal.kind === 'untargeted') return;
  if (goal.targets.length === 0) throw new UserError(`${goal.kind}: expected at least one target`);
  for (const [i, target] of goal.targets.entries()) {
    // It would weigh double in the loss.
    if (goal.targets.indexOf(target) < i) {
      throw new UserError(`${goal.kind}: target item ${target} comes twice: give it once`);
    }
    if (!Number.isInteger(target) || target < 0 || target >= items) {
      throw new UserError(
        `target item ${target} is outside the catalogue of ${items} items (0 to ${items - 1})`,
      );
    }
  }
}

/**
 * The distribution over items whose likelihood the loss measures: one row for all users,
 * `[1, items]`, or for an untargeted goal one row for each, `[users, items]`; default all users.
 */
export function interestOf(goal: Goal, train: SparseMatrix, users?: Int32Array): Tensor {
  const items = train.columns;
  if (goal.kind !== 'untargeted') {
    const row = new Float64Array(items);
    for (const target of goal.targets) row[target] += 1 / goal.targets.length;
    return tensor(row, [1, items]);
  }
  const rows = users ?? Int32Array.from({ length: train.rows }, (_, user) => user);
  const clicks = new Float64Array(rows.length * items);
  rows.forEach((user, row) => {
    const [from, to] = [train.indptr[user], train.indptr[user + 1]];
    for (let e = from; e < to; e++) clicks[row * items + train.indices[e]] = 1 / (to - from);
  });
  return tensor(clicks, [rows.length, items]);
}

/**
 * The cross-entropy between `interest` and the softmax of the scores `[n, items]`, summed over
 * users: a scalar (Tang, Wen & Wang 2020, equation 3; several targets count as their mean). An
 * attack minimises it to promote, and its negative to demote or to spoil.
 */
export function adversarialLoss(goal: Goal, scores: Tensor, interest: Tensor): Tensor {
  const entropy = sub(sum(logSumExp(scores)), sum(mul(interest, scores)));
  return goal.kind === 'promote' ? entropy : neg(entropy);
}
