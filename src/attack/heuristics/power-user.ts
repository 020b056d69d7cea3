/** @file The power user attack: copies of the users who influence others most. */

import { Largest, largestOf } from '../../data/largest.ts';
import { rowOf, type SparseMatrix, transposed } from '../../data/sparse.ts';
import { lengthsOf } from '../budget.ts';
import { type AttackKind, besideTargets, generatorOf } from '../kind.ts';
import { cutTo, profilesBeside } from './profiles.ts';

/** Settings of `power-user`. */
export type PowerUserSettings = {
  /** Clicks, appearances among the neighbours of others, or the similarity to all others. */
  readonly powerBy: string;
  /** How many neighbours a user has, for `in-degree`. */
  readonly nearestUsers: number;
};

/** The sum of the cosine similarities of each user to all others, in time of the clicks. */
export function aggregateSimilarity(train: SparseMatrix): Float64Array {
  const lengths = lengthsOf(train);
  const weight = new Float64Array(train.columns);
  for (let user = 0; user < train.rows; user++) {
    for (const item of rowOf(train, user)) weight[item] += 1 / Math.sqrt(lengths[user]);
  }
  return Float64Array.from(lengths, (length, user) => {
    if (length === 0) return 0;
    const sum = rowOf(train, user).reduce((all, item) => all + weight[item], 0);
    return sum / Math.sqrt(length) - 1;
  });
}

/**
 * How many users have each user among their `neighbours` nearest by the cosine of their clicks,
 * of equal ones the lower numbers. Users without a common click are no neighbours. The time is
 * that of all pairs of users with a common click.
 */
export function inDegrees(train: SparseMatrix, neighbours: number): Float64Array {
  const byItem = transposed(train);
  const lengths = lengthsOf(train);
  const degrees = new Float64Array(train.rows);
  const common = new Int32Array(train.rows);
  const met = new Int32Array(train.rows);
  const nearest = new Largest(Math.min(neighbours, train.rows));
  for (let user = 0; user < train.rows; user++) {
    let count = 0;
    for (const item of rowOf(train, user)) {
      for (const other of rowOf(byItem, item)) if (common[other]++ === 0) met[count++] = other;
    }
    for (const other of met.subarray(0, count)) {
      if (other !== user) nearest.offer(other, common[other] / Math.sqrt(lengths[other]));
      common[other] = 0;
    }
    for (const other of nearest.take()) degrees[other]++;
  }
  return degrees;
}

function powerOf(train: SparseMatrix, { powerBy, nearestUsers }: PowerUserSettings) {
  if (powerBy === 'in-degree') return inDegrees(train, nearestUsers);
  return powerBy === 'similarity' ? aggregateSimilarity(train) : lengthsOf(train);
}

/**
 * The attack `power-user` (Wilson & Seminario 2013): the fake users copy the most powerful users,
 * one each, cut at random to the budget, and begin anew with the first where these are fewer.
 */
export const powerUser: AttackKind<PowerUserSettings> = {
  name: 'power-user',
  about: 'the profiles of the most powerful users (Wilson & Seminario 2013)',
  family: 'heuristic',
  defaults: { powerBy: 'clicks', nearestUsers: 50 },
  craft: (context, settings) => {
    const { train, budget } = context;
    const users = largestOf(powerOf(train, settings), budget.lengths.length);
    const profileOf = profilesBeside(context);
    const generator = generatorOf('power user', context);
    return besideTargets(context, (fake, room) =>
      cutTo(profileOf(users[fake % users.length]), room, generator),
    );
  },
};
