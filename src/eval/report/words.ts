/** @file Words of sentences with numbers: singular and plural, signs, lists of names. */

/** What is counted, in the singular or the plural. */
export const nounOf = (count: number, one: string, many = `${one}s`): string =>
  count === 1 ? one : many;

/** A number with what it counts, such as `1 victim` and `3 victims`. */
export const counted = (count: number, one: string, many?: string): string =>
  `${count} ${nounOf(count, one, many)}`;

/** A change with its sign, such as `+0.0100`. */
export const signed = (change: number, digits = 4): string =>
  `${change >= 0 ? '+' : ''}${change.toFixed(digits)}`;

/** Names as a sentence lists them, such as `WRMF, NCF and CML`. */
export const listed = (names: readonly string[]): string =>
  names.length < 2
    ? names.join('')
    : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;

/** Seeds by their numbers, such as `seed 1` and `seeds 1, 2`. */
export const seedsText = (seeds: readonly number[]): string =>
  `${nounOf(seeds.length, 'seed')} ${seeds.join(', ')}`;
