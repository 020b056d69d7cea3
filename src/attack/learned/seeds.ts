/** @file The seeds of a learned attack: of its surrogates, and of those that only judge. */

import { UserError } from '../../errors.ts';

/** The seeds that the surrogates of an attack and its judges start from. None is in both. */
export interface AttackSeeds {
  /** Whether each iteration has a surrogate of a new seed. */
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
 * next, and further surrogates those after. `words` is a number of surrogates, or `new` for one of a
 * new seed in each iteration. Throws a UserError for other words.
 */
export function attackSeeds(words: string, heldOut: number, seed: number): AttackSeeds {
  const isNew = words === 'new';
  const count = isNew ? 1 : Number(words);
  if (!isNew && !/^[1-9]\d{0,3}$/.test(words)) {
    throw new UserError(
      `surrogate seeds: expected a number from 1 to 9999, or new for another in each iteration, got ${words}`,
    );
  }
  const judges = range(seed + 1, heldOut);
  const nth = (i: number) => (i === 0 ? seed : seed + heldOut + i);
  const fixed = range(0, count).map(nth);
  return {
    isNew,
    ofIteration: (iteration) => (isNew ? [nth(iteration)] : fixed),
    heldOut: judges,
    until: (iteration) =>
      [...(isNew ? range(0, iteration + 1).map(nth) : fixed), ...judges].sort((a, b) => a - b),
  };
}
