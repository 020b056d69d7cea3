/** @file Words of sentences with numbers: singular and plural, signs, lists of names. */

/** A number with what it counts, such as `1 victim` and `3 victims`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** A change with its sign, such as `+0.0100`. */
export const signed = (change: number, digits = 4): string =>
  `${change >= 0 ? '+' : ''}${change.toFixed(digits)}`;

/** Names as a sentence lists them, such as `WRMF, NCF and CML`. */
export const listed = (names: readonly string[]): string =>
  names.length < 2
    ? names.join('')
    : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
