/** @file The seeds of a learned attack: of its surrogates, and of those that only judge. */

import { seedAfter } from '../../data/portable.ts';
import { UserError } from '../../errors.ts';

/** The seeds that the surrogates of an attack and its judges start from. None is in both. */
export interface AttackSeeds {
  /** Whether each iteration has surrogates of new seeds. */
  readonly isNew: boolean;
  /** The seeds of the surrogates of an iteration. */
  ofIteration(iteration: number): readonly number[];
  readonly heldOut: readonly number[];
  /** All that fake users of an iteration were fitted to or chosen by. */
  until(iteration: number): readonly number[];
}

const range = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + i);

/**
 * The seeds of an attack of some seed: its own is the first surrogate's, `heldOut` judges have the
 * next, and further surrogates those after. `words` is a number of surrogates, `new` for one of a new
 * seed in each iteration, or such as `4xnew` for so many of new seeds. Throws a UserError for other
 * words, and for seeds that are no whole numbers below 2^53.
 */
export function attackSeeds(words: string, heldOut: number, seed: number): AttackSeeds {
  const [, many, one] = /^(?:([1-9]\d{0,3})(?:xnew)?|(new))$/.exec(words) ?? [];
  if (!many && !one) {
    throw new UserError(
      'surrogate seeds: expected a number from 1 to 9999, or new for another in each iteration, or ' +
        `4xnew for four others, got ${words}`,
    );
  }
  const isNew = words.endsWith('new');
  const count = Number(many ?? 1);
  const judges = range(1, heldOut).map((i) => seedAfter(seed, i));
  const nth = (i: number) => seedAfter(seed, i === 0 ? 0 : heldOut + i);
  const fixed = range(0, count).map(nth);
  const ofIteration = (iteration: number) =>
    isNew ? range(iteration * count, count).map(nth) : fixed;
  return {
    isNew,
    ofIteration,
    heldOut: judges,
    until: (iteration) =>
      [...(isNew ? range(0, (iteration + 1) * count).map(nth) : fixed), ...judges].sort(
        (a, b) => a - b,
      ),
  };
}
