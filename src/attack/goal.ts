/** @file What an attack is after, and the adversarial loss that says how far it is. */

import { logSumExp, mul, neg, sub, sum, type Tensor, tensor } from '../autodiff/index.ts';
import type { SparseMatrix } from '../data/sparse.ts';
import { UserError } from '../errors.ts';

/**
 * `promote` recommends the target items to everyone, `demote` to no one; `untargeted` spoils the
 * recommendations, by making each user's own items unlikely.
 */
export type Goal =
  | { readonly kind: 'promote'; readonly targets: readonly number[] }
  | { readonly kind: 'demote'; readonly targets: readonly number[] }
  | { readonly kind: 'untargeted' };

/** The items whose clicks an attack may fix; none for an untargeted one. */
export const targetsOf = (goal: Goal): readonly number[] =>
  goal.kind === 'untargeted' ? [] : goal.targets;

/** Throws a UserError for a goal without targets or with one outside of the catalogue. */
export function checkGoal(goal: Goal, items: number): void {
  if (goal.kind === 'untargeted') return;
  if (goal.targets.length === 0) throw new UserError(`${goal.kind}: expected at least one target`);
  for (const target of goal.targets) {
    if (!Number.isInteger(target) || target < 0 || target >= items) {
      throw new UserError(
        `target item ${target} is outside the catalogue of ${items} items (0 to ${items - 1})`,
      );
    }
  }
}

/**
 * What the loss looks at for some users: a distribution over items in each row, one row for all
 * (`[1, items]`) or one for each user (`[n, items]`).
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
 * Summed over users, the cross-entropy between `interest` and the softmax of the scores `[n,
 * items]` (Tang, Wen & Wang 2020, equation 3; several targets count as their mean). Attacks
 * minimise it to promote, and its negative to demote or to spoil.
 */
export function adversarialLoss(goal: Goal, scores: Tensor, interest: Tensor): Tensor {
  const entropy = sub(sum(logSumExp(scores)), sum(mul(interest, scores)));
  return goal.kind === 'promote' ? entropy : neg(entropy);
}
