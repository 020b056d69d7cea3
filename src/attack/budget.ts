/** @file The budget of an attack: how many fake users, and how many clicks of each. */

import type { SparseMatrix } from '../data/sparse.ts';
import { UserError } from '../errors.ts';

/**
 * The number of fake users that a budget allows: a count (`50`) or a share of the real users
 * (`1%`), rounded down. Throws a UserError for other words or for less than one fake user.
 */
export function budgetOf(budget: string, users: number): number {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(budget.trim());
  const count = match ? Number(match[1]) : Number.NaN;
  const fakes = match?.[2] ? Math.floor((count / 100) * users) : count;
  if (!Number.isInteger(fakes) || fakes < 1) {
    throw new UserError(
      `fake users: expected a count such as 50 or a share such as 1%, at least one, got ${budget}`,
    );
  }
  return fakes;
}

/** The mean number of clicks of a real user, rounded. */
export const averageClicks = (train: SparseMatrix): number =>
  Math.round(train.indices.length / train.rows);
