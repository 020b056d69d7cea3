/** @file Fake users: how many, where they start, and the heuristic attacks to compare with. */

import type { Random } from '../data/random.ts';
import { fromPairs, type SparseMatrix } from '../data/sparse.ts';
import { UserError } from '../errors.ts';

/** A number of fake users, from a count (`50`) or a share of the real users (`1%`), rounded down. */
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

/** Copies of random real users with 1 to `mostClicks` clicks, where learning starts. */
export function copiedUsers(
  train: SparseMatrix,
  count: number,
  mostClicks: number,
  generator: Random,
): SparseMatrix {
  const candidates: number[] = [];
  for (let user = 0; user < train.rows; user++) {
    const clicks = train.indptr[user + 1] - train.indptr[user];
    if (clicks >= 1 && clicks <= mostClicks) candidates.push(user);
  }
  if (candidates.length === 0) {
    throw new UserError(`no real user has 1 to ${mostClicks} clicks to copy: raise the limit`);
  }
  const pairs: [number, number][] = [];
  for (let fake = 0; fake < count; fake++) {
    const user = candidates[generator.integer(candidates.length)];
    for (let e = train.indptr[user]; e < train.indptr[user + 1]; e++) {
      pairs.push([fake, train.indices[e]]);
    }
  }
  return fromPairs(pairs, count, train.columns);
}

/** The mean number of clicks of a real user, rounded. */
export const averageClicks = (train: SparseMatrix): number =>
  Math.round(train.indices.length / train.rows);

/**
 * The random attack (Lam & Riedl 2004; Tang, Wen & Wang 2020, section 4): each fake user clicks
 * the targets and `fillers` other items drawn without replacement.
 */
export function randomFiller(
  shape: { count: number; items: number },
  targets: readonly number[],
  fillers: number,
  generator: Random,
): SparseMatrix {
  const { count, items } = shape;
  const others = items - targets.length;
  if (fillers > others) {
    throw new UserError(`random filler: ${fillers} fillers do not fit beside the targets`);
  }
  const chosen = new Set(targets);
  const free = Array.from({ length: items }, (_, item) => item).filter((i) => !chosen.has(i));
  const pairs: [number, number][] = [];
  for (let fake = 0; fake < count; fake++) {
    for (const target of targets) pairs.push([fake, target]);
    for (const at of generator.sample(others, fillers)) pairs.push([fake, free[at]]);
  }
  return fromPairs(pairs, count, items);
}
