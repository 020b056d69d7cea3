/** @file Finds what a user names in a list. */

import { UserError } from './errors.ts';

/**
 * The one of this name among `all`. Throws a UserError that says `what` is not known, such as an
 * attack, and lists the names of all.
 */
export function named<T extends { readonly name: string }>(
  all: readonly T[],
  what: string,
  name: string,
): T {
  const found = all.find((one) => one.name === name);
  if (found) return found;
  const names = all.map((one) => one.name).join(', ');
  throw new UserError(`${what} ${name} is not known; there are ${names}`);
}
