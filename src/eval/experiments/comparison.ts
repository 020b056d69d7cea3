/** @file What sentences that compare rest on: means over the same seeds, and the highest. */

import { type Estimate, estimate } from '../metrics/interval.ts';

/** A number of a seed, where it is measured. */
export type OfSeed<Seed = number> = (seed: Seed) => number | null | undefined;

/**
 * The mean of each number over the seeds at which all of them are measured: victims of one seed start
 * alike, so that only those can be compared. Null where there is no such seed, or no number.
 */
export function meansTogether<Seed>(
  seeds: readonly Seed[],
  numbers: readonly OfSeed<Seed>[],
): number[] | null {
  if (numbers.length === 0) return null;
  const whole = seeds.flatMap((seed) => {
    const row = numbers.flatMap((number) => number(seed) ?? []);
    return row.length === numbers.length ? [row] : [];
  });
  const means = numbers.flatMap((_, i) => estimate(whole.map((row) => row[i]))?.mean ?? []);
  return means.length > 0 ? means : null;
}

/**
 * The change from one number to another over the seeds at which both are measured, paired by seed,
 * with its interval; null where there is no such seed.
 */
export const changeTogether = <Seed>(
  seeds: readonly Seed[],
  before: OfSeed<Seed>,
  after: OfSeed<Seed>,
): Estimate | null =>
  estimate(
    seeds.flatMap((seed) => {
      const [from, to] = [before(seed), after(seed)];
      return typeof from === 'number' && typeof to === 'number' ? [to - from] : [];
    }),
  );

/** The mean change from one number to another over the seeds at which both are measured, or null. */
export const meanChange = <Seed>(
  seeds: readonly Seed[],
  before: OfSeed<Seed>,
  after: OfSeed<Seed>,
): number | null => changeTogether(seeds, before, after)?.mean ?? null;

/** Whether the interval of a change lies above 0; one seed has no interval and tells nothing. */
export const isRise = (change: Estimate | null): boolean =>
  change !== null && change.mean > change.margin;

/** Whether the interval of a change lies below 0. */
export const isFall = (change: Estimate | null): boolean =>
  change !== null && change.mean < -change.margin;

/** Whether the two are equal at every seed. */
export const isLevel = (change: Estimate | null): boolean =>
  change !== null && change.mean === 0 && !(change.margin > 0);

/** All that share the highest value; none of none. */
export function highestOf<T>(all: readonly T[], value: (one: T) => number): T[] {
  const highest = Math.max(...all.map(value));
  return all.filter((one) => value(one) === highest);
}
