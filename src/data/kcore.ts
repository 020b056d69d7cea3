/** @file The k-core: the users and items that have at least k interactions with one another. */

import { UserError } from '../errors.ts';
import type { Interactions } from './interactions.ts';

/**
 * Drops users and items with fewer than `minimum` interactions until all that remain have them.
 * Throws a UserError if nothing remains.
 */
export function kCore(interactions: Interactions, minimum: number): Interactions {
  const { users, items, userOf, itemOf } = interactions;
  let pairs = Int32Array.from(userOf.keys());
  for (;;) {
    const byUser = new Int32Array(users.length);
    const byItem = new Int32Array(items.length);
    for (const pair of pairs) {
      byUser[userOf[pair]]++;
      byItem[itemOf[pair]]++;
    }
    const next = pairs.filter(
      (pair) => byUser[userOf[pair]] >= minimum && byItem[itemOf[pair]] >= minimum,
    );
    if (next.length === pairs.length) break;
    pairs = next;
  }
  if (pairs.length === 0) {
    throw new UserError(
      `no user and item have ${minimum} interactions each: lower the minimum of interactions`,
    );
  }
  return { users, items, userOf: pairs.map((p) => userOf[p]), itemOf: pairs.map((p) => itemOf[p]) };
}
