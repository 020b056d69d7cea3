/** @file The budget of an attack: how many fake users, and how many clicks of each. */

import { partOf } from '../data/part.ts';
import type { Random } from '../data/random.ts';
import type { SparseMatrix } from '../data/sparse.ts';
import { UserError } from '../errors.ts';
import { clickedTargets, type Goal } from './goal.ts';

/** How many clicks a fake user may have: drawn from the genuine users' numbers, so many, or any. */
export type Allowance = 'genuine' | 'free' | number;

/** What an attack may spend. Every attack gets one, and `usedOf` its result must not exceed it. */
export interface Budget {
  readonly allowance: Allowance;
  /** The most clicks of each fake user, clicks on targets included; one number a fake user. */
  readonly lengths: Int32Array;
}

/** Fake users, all of their clicks, and the clicks of the longest profile. */
export interface BudgetFigures {
  readonly users: number;
  readonly clicks: number;
  readonly clicksOfUser: number;
}

/**
 * The number of fake users that a budget allows: a count (`50`) or a share of the real users
 * (`1%`), rounded down. Throws a UserError for other words or for less than one fake user.
 */
export function budgetOf(budget: string, users: number): number {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(budget.trim());
  const count = match ? Number(match[1]) : Number.NaN;
  const fakes = match?.[2] ? partOf(count / 100, users) : count;
  if (!Number.isInteger(fakes) || fakes < 1) {
    throw new UserError(
      `fake users: expected a count such as 50 or a share such as 1%, at least one, got ${budget}`,
    );
  }
  return fakes;
}

/** Parses `genuine`, `free` or a number of clicks. Throws a UserError for anything else. */
export function allowanceOf(words: string): Allowance {
  if (words === 'genuine' || words === 'free') return words;
  if (/^[1-9]\d*$/.test(words)) return Number(words);
  throw new UserError(
    `clicks: expected genuine, free or a number from 1 such as 34 for each fake user, got ${words}`,
  );
}

/** The mean number of clicks of a real user, rounded. */
export const averageClicks = (train: SparseMatrix): number =>
  Math.round(train.indices.length / train.rows);

/**
 * The budget of `fakes` fake users. `genuine` draws each one's clicks from the numbers of clicks of
 * the real users who have any, with replacement, but at least as many as there are targets to
 * click; `free` allows every item. Throws a UserError for a number that the catalogue or the
 * targets do not fit into, and for `genuine` if no real user has a click.
 */
export function budgetFor(
  train: SparseMatrix,
  fakes: number,
  allowance: Allowance,
  goal: Goal,
  generator: Random,
): Budget {
  const least = Math.max(1, clickedTargets(goal).length);
  const lengths = new Int32Array(fakes);
  if (allowance === 'free') return { allowance, lengths: lengths.fill(train.columns) };
  if (allowance === 'genuine') {
    const genuine = lengthsOf(train).filter((length) => length > 0);
    if (genuine.length === 0) throw new UserError('clicks: no real user has a click to go by');
    return {
      allowance,
      lengths: lengths.map(() => Math.max(least, genuine[generator.integer(genuine.length)])),
    };
  }
  if (!Number.isInteger(allowance) || allowance < least || allowance > train.columns) {
    throw new UserError(
      `clicks: expected ${least} (the targets) to ${train.columns} (the items) for each fake ` +
        `user, got ${allowance}`,
    );
  }
  return { allowance, lengths: lengths.fill(allowance) };
}

/** The number of clicks of each user. */
export const lengthsOf = ({ rows, indptr }: SparseMatrix): Int32Array =>
  Int32Array.from({ length: rows }, (_, row) => indptr[row + 1] - indptr[row]);

const figuresOf = (lengths: Int32Array): BudgetFigures => ({
  users: lengths.length,
  clicks: lengths.reduce((sum, length) => sum + length, 0),
  clicksOfUser: lengths.reduce((most, length) => Math.max(most, length), 0),
});

/** What fake users click in all. */
export const usedOf = (fakes: SparseMatrix): BudgetFigures => figuresOf(lengthsOf(fakes));

/** What a budget allows in all. */
export const allowedOf = ({ lengths }: Budget): BudgetFigures => figuresOf(lengths);

/**
 * Throws an error that begins with `internal: ` and the attack's name unless fake users keep the
 * budget: so many rows, none longer than it may be, each item of a row once.
 */
export function expectWithin(name: string, fakes: SparseMatrix, { lengths }: Budget): void {
  const fail = (what: string): never => {
    throw new Error(`internal: ${name}: ${what}`);
  };
  if (fakes.rows !== lengths.length) fail(`${fakes.rows} fake users, not ${lengths.length}`);
  lengthsOf(fakes).forEach((length, fake) => {
    if (length > lengths[fake]) fail(`fake user ${fake}: ${length} clicks of ${lengths[fake]}`);
    for (let e = fakes.indptr[fake] + 1; e < fakes.indptr[fake + 1]; e++) {
      if (fakes.indices[e] <= fakes.indices[e - 1]) fail(`fake user ${fake}: items do not ascend`);
    }
  });
}
