/** @file Random interactions, and the set of their pairs. */

import fc from 'fast-check';
import type { Interactions } from '../../src/data/index.ts';
import { InteractionCollector } from '../../src/data/interactions.ts';

/** Up to 90 pairs of 13 users, whose ids are numbers, and 13 items, whose ids are not. */
export const interactions = fc
  .array(fc.tuple(fc.nat(12), fc.nat(12)), { minLength: 1, maxLength: 90 })
  .map((pairs) => {
    const collector = new InteractionCollector();
    for (const [user, item] of pairs) collector.add(`${user * 7}`, `i${item}`);
    return collector.finish();
  });

/** The pairs, as `user item`. */
export const kept = ({ users, items, userOf, itemOf }: Interactions): Set<string> =>
  new Set([...userOf].map((user, i) => `${users[user]} ${items[itemOf[i]]}`));
