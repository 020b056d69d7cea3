/** @file The recommenders of an attack: those that it learns through, and those that only judge. */

import type { Tree } from '../autodiff/index.ts';
import type { SparseMatrix } from '../data/sparse.ts';
import { UserError } from '../errors.ts';
import type { Recommender } from '../models/index.ts';
import { positions } from './clicks.ts';
import { checkGoal, type Goal, targetsOf } from './goal.ts';

/**
 * The recommenders that fake users are learned through, over the same users and items: one; several,
 * of which the (normalised) hypergradients are added up; or a function that gives those of each
 * iteration, the same ones whenever it is asked. Each is trained from the same initial state each
 * time.
 */
export type Surrogates<S extends Tree> =
  | Recommender<S>
  | readonly Recommender<S>[]
  | ((iteration: number) => readonly Recommender<S>[]);

/** The recommenders of an attack. */
export interface AttackRecommenders<S extends Tree> {
  /** Clicks of the real users, on which the surrogates train beside the fake users. */
  readonly train: SparseMatrix;
  readonly surrogate: Surrogates<S>;
  /**
   * Recommenders that judge: trained on the same fake users, such as from other seeds, but never
   * differentiated. The fake users of the best mean quality on them are the best; without any, those
   * of the best on the surrogates, which they are fitted to.
   */
  readonly heldOut?: readonly Recommender<S>[];
}

/**
 * A function that gives the surrogates of an iteration, and whether those of every other are the
 * same. It, and the functions that it returns, throw a UserError for recommenders that are not of
 * the real users or of fake users over so many `columns`.
 */
export function surrogatesBy<S extends Tree>(
  columns: number,
  { surrogate, heldOut, train }: AttackRecommenders<S>,
) {
  const checked = (what: string, recommenders: readonly Recommender<S>[]) => {
    for (const each of recommenders) expectFits(what, each, train, columns);
    return recommenders;
  };
  checked('held-out recommender', heldOut ?? []);
  if (typeof surrogate === 'function') {
    return (iteration: number) => ({
      surrogates: checked('surrogate', surrogate(iteration)),
      constant: false,
    });
  }
  const surrogates = checked('surrogate', 'length' in surrogate ? surrogate : [surrogate]);
  if (surrogates.length === 0) throw new UserError('surrogate: expected at least one');
  return () => ({ surrogates, constant: true });
}

/** Throws a UserError unless a recommender is of the real users and of the fake users' items. */
function expectFits(
  what: string,
  { users, items, candidates }: Recommender,
  train: SparseMatrix,
  columns: number,
): void {
  const width = candidates?.length ?? items;
  if (width !== columns) {
    throw new UserError(`fake users over ${columns} items do not fit the ${width} of the ${what}`);
  }
  if (users === train.rows && items === train.columns) return;
  throw new UserError(
    `${what}: expected ${train.rows} users and ${train.columns} items, got ${users} and ${items}`,
  );
}

/** The columns of the targets. Throws a UserError unless they are candidates. */
export function targetColumns(
  { candidates, items }: Pick<Recommender, 'candidates' | 'items'>,
  goal: Goal,
): number[] {
  checkGoal(goal, items);
  const columns = targetsOf(goal).map(positions(candidates, items));
  if (!columns.includes(-1)) return columns;
  throw new UserError('candidates: expected the targets among them');
}
