/** @file What sentences that compare rest on: means over the same seeds, and the highest. */

import { type Estimate, estimate } from '../metrics/interval.ts';
import { listed, signed } from '../report/words.ts';

/** A number of a seed, where it is measured. */
export type OfSeed<Seed = number> = (seed: Seed) => number | null | undefined;

/** The seeds at which all of some numbers are measured. */
export const seedsTogether = <Seed>(
  seeds: readonly Seed[],
  numbers: readonly OfSeed<Seed>[],
): Seed[] => seeds.filter((seed) => numbers.every((number) => typeof number(seed) === 'number'));

/**
 * The mean of each number over the seeds at which all of them are measured: victims of one seed start
 * alike, so that only those can be compared. Null where there is no such seed, or no number.
 */
export function meansTogether<Seed>(
  seeds: readonly Seed[],
  numbers: readonly OfSeed<Seed>[],
): number[] | null {
  const whole = seedsTogether(seeds, numbers);
  const means = numbers.flatMap((number) => {
    return estimate(whole.flatMap((seed) => number(seed) ?? []))?.mean ?? [];
  });
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

/** Whether the interval of a change lies above 0; one seed has no interval and tells nothing. */
export const isRise = (change: Estimate | null): boolean =>
  change !== null && change.mean > change.margin;

/** Whether the interval of a change lies below 0. */
export const isFall = (change: Estimate | null): boolean =>
  change !== null && change.mean < -change.margin;

/** Whether the two are equal at every seed. */
export const isLevel = (change: Estimate | null): boolean =>
  change !== null && change.mean === 0 && !(change.margin > 0);

/** A change with its interval, where it has one. */
const changeText = ({ mean, margin }: Estimate, digits: number): string =>
  `${signed(mean, digits)}${Number.isNaN(margin) ? '' : ` ± ${margin.toFixed(digits)}`}`;

/** A change that is known by a name. */
export interface NamedChange {
  readonly name: string;
  readonly change: Estimate | null;
}

/** Which changes are rises, which falls, and which neither, each with its interval. */
export function verdicts(changes: readonly NamedChange[], digits: number): string {
  const named = (text: string, of: (change: Estimate) => boolean): string[] => {
    const found = changes.flatMap(({ name, change }) =>
      change && of(change) ? [`${name} (${changeText(change, digits)})`] : [],
    );
    return found.length > 0 ? [`${text} ${found.join(', ')}`] : [];
  };
  return [
    ...named('better', isRise),
    ...named('worse', isFall),
    ...named('not told apart', (change) => !isRise(change) && !isFall(change)),
  ].join('; ');
}

/** Says of numbers that are means over seeds which of them are of one seed, to follow a sentence. */
export function oneSeedNote(
  numbers: readonly { readonly name: string; readonly seeds: number }[],
): string {
  const alone = numbers.filter(({ seeds }) => seeds === 1);
  if (alone.length === 0) return '';
  if (alone.length === numbers.length) return ', on one seed';
  return ` (on one seed: ${listed(alone.map(({ name }) => name))})`;
}

/** All that share the highest value; none of none. */
export function highestOf<T>(all: readonly T[], value: (one: T) => number): T[] {
  const highest = Math.max(...all.map(value));
  return all.filter((one) => value(one) === highest);
}
