/** @file The k-core: users and items that keep at least k interactions among themselves. */

import { UserError } from '../errors.ts';
import type { Interactions } from './interactions.ts';

/**
 * Drops users and items with fewer than `minimum` interactions until none are left to drop.
 * Throws a UserError if nothing remains.
 */
export function kCore(interactions: Interactions, minimum: number): Interactions {
  const { users, items, userOf, itemOf } = interactions;
  let kept = Int32Array.from(userOf.keys());
  for (;;) {
    const byUser = new Int32Array(users.length);
    const byItem = new Int32Array(items.length);
    for (const pair of kept) {
      byUser[userOf[pair]]++;
      byItem[itemOf[pair]]++;
    }
    const next = kept.filter(
      (pair) => byUser[userOf[pair]] >= minimum && byItem[itemOf[pair]] >= minimum,
    );
    if (next.length === kept.length) break;
    kept = next;
  }
  if (kept.length === 0) {
    throw new UserError(
      `no user and item keep ${minimum} interactions each: lower the minimum of interactions`,
    );
  }
  return { users, items, userOf: kept.map((p) => userOf[p]), itemOf: kept.map((p) => itemOf[p]) };
}
