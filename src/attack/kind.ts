/** @file The record that describes an attack, and what it is given. */

import type { Tree } from '../autodiff/index.ts';
import { random } from '../data/random.ts';
import type { SparseMatrix } from '../data/sparse.ts';
import { type Budget, expectWithin } from './budget.ts';
import { checkGoal, clickedTargets, type Goal, targetsOf } from './goal.ts';
import type { AttackOptions, AttackState } from './learn.ts';
import type { AttackSettings } from './settings.ts';

/** What every attack is given. */
export interface AttackContext {
  /** Clicks of the real users. */
  readonly train: SparseMatrix;
  readonly goal: Goal;
  readonly budget: Budget;
  /** Seeds all random draws. */
  readonly seed: number;
  /** What a learned attack learns through, where and how; heuristics do without. */
  readonly learning?: Learning;
}

/** What a learned attack is given: `AttackOptions` without what follows from its settings. */
export interface Learning
  extends Pick<
    AttackOptions<Tree>,
    'surrogate' | 'heldOut' | 'method' | 'device' | 'blockUsers' | 'measure' | 'onStep' | 'signal'
  > {
  /** The candidates of the surrogates, if fake users may not click every item. */
  readonly candidates?: Int32Array;
  /** The state that an earlier run stopped at. */
  readonly stopped?: AttackState;
  readonly onIteration?: AttackOptions<Tree>['onIteration'];
}

/** One attack, with its settings `S`. */
export interface AttackKind<S = AttackSettings> {
  readonly name: string;
  /** A line on what fake users click, with its source. */
  readonly about: string;
  readonly family: 'heuristic' | 'learned';
  readonly defaults: S;
  /** Fake users within the budget; the same seed gives the same. Throws a UserError. */
  craft(context: AttackContext, settings: S): SparseMatrix | Promise<SparseMatrix>;
}

/**
 * Makes the fake users of an attack, and checks that they keep the budget. Throws a UserError for
 * a goal or settings that the attack cannot serve.
 */
export async function craftFakes<S>(
  kind: AttackKind<S>,
  context: AttackContext,
  settings: S = kind.defaults,
): Promise<SparseMatrix> {
  checkGoal(context.goal, context.train.columns);
  const fakes = await kind.craft(context, settings);
  expectWithin(kind.name, fakes, context.budget);
  return fakes;
}

/** A heuristic: what one fake user clicks beside the targets. */
export type Fillers = (fake: number, room: number) => ArrayLike<number>;

/**
 * Fake users that click all of `fixed` and fillers: `fillers` gives at most `room` items that
 * are different and not among these.
 */
export function withFillers(
  { train, budget }: AttackContext,
  fixed: readonly number[],
  fillers: Fillers,
): SparseMatrix {
  const clicked = Int32Array.from(new Set(fixed));
  const indptr = new Int32Array(budget.lengths.length + 1);
  const rows = Array.from(budget.lengths, (length, fake) => {
    const items = fillers(fake, Math.max(0, length - clicked.length));
    const row = new Int32Array(clicked.length + items.length);
    row.set(clicked);
    row.set(items, clicked.length);
    indptr[fake + 1] = indptr[fake] + row.length;
    return row.sort();
  });
  const indices = new Int32Array(indptr[rows.length]);
  rows.forEach((row, fake) => {
    indices.set(row, indptr[fake]);
  });
  const values = new Float64Array(indices.length).fill(1);
  return { rows: rows.length, columns: train.columns, indptr, indices, values };
}

/** A heuristic's fake users: the targets, where these are to be promoted, and fillers. */
export const besideTargets = (context: AttackContext, fillers: Fillers): SparseMatrix =>
  withFillers(context, clickedTargets(context.goal), fillers);

/** The items that are no targets, ascending. */
export function otherItems({ train, goal }: Pick<AttackContext, 'train' | 'goal'>): Int32Array {
  const targets = new Set(targetsOf(goal));
  return Int32Array.from({ length: train.columns }, (_, item) => item).filter(
    (item) => !targets.has(item),
  );
}

/** The generator of an attack's draws. */
export const generatorOf = (name: string, { seed }: Pick<AttackContext, 'seed'>) =>
  random(seed).fork(name);
