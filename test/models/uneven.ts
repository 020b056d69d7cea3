/** @file Clicks of uneven users and items: some with none, one with almost all. */

import { fromPairs } from '../../src/data/sparse.ts';

export const users = 7;
export const items = 9;

/** User 2 and item 8 have no clicks, user 5 has all but that item's. */
export const clicks = fromPairs(
  [
    ...[0, 1, 4, 6].map((user) => [user, user] as [number, number]),
    ...[0, 1, 3, 4].map((user) => [user, 7 - user] as [number, number]),
    ...Array.from({ length: items - 1 }, (_, item) => [5, item] as [number, number]),
  ],
  users,
  items,
);
