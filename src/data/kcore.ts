/** @file The k-core: the users and items that have at least k interactions with one another. */

import { UserError } from '../errors.ts';
import { type Interactions, selected } from './interactions.ts';

/**
 * Drops users and items with fewer than `minimum` interactions until all that remain have them.
 * Throws a UserError if nothing remains.
 */
export function kCore(interactions: Interactions, minimum: number): Interactions {
  const { users, items, userOf, itemOf } = interactions;
  const kept = new Uint8Array(userOf.length).fill(1);
  let count = userOf.length;
  for (let before = count + 1; count < before; ) {
    before = count;
    const byUser = new Int32Array(users.length);
    const byItem = new Int32Array(items.length);
    for (let pair = 0; pair < kept.length; pair++) {
      byUser[userOf[pair]] += kept[pair];
      byItem[itemOf[pair]] += kept[pair];
    }
    for (let pair = 0; pair < kept.length; pair++) {
      if (kept[pair] === 0) continue;
      if (byUser[userOf[pair]] >= minimum && byItem[itemOf[pair]] >= minimum) continue;
      kept[pair] = 0;
      count--;
    }
  }
  if (count === 0) {
    throw new UserError(
      `no user and item have ${minimum} interactions each: lower the minimum of interactions`,
    );
  }
  return count === kept.length ? interactions : selected(interactions, (pair) => kept[pair] === 1);
}
