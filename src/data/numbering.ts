/** @file Inner numbers: users and items from 0, in the order of their ids. */

import type { Interactions } from './interactions.ts';
import { fromColumns, type SparseMatrix } from './sparse.ts';

/** Clicks by inner numbers, and the ids in the order of these. */
export interface Numbered {
  readonly clicks: SparseMatrix;
  readonly users: readonly string[];
  readonly items: readonly string[];
}

/** Numbers the users and items that have interactions, by value where all ids are numbers. */
export function numbered(interactions: Interactions): Numbered {
  const { userOf, itemOf } = interactions;
  const users = numbering(interactions.users, marked(interactions.users.length, userOf));
  const items = numbering(interactions.items, marked(interactions.items.length, itemOf));
  const clicks = fromColumns(
    userOf.map((user) => users.numbers[user]),
    itemOf.map((item) => items.numbers[item]),
    users.ids.length,
    items.ids.length,
  );
  return { clicks, users: users.ids, items: items.ids };
}

/** Marks the numbers that are in a column. */
function marked(size: number, column: Int32Array): Uint8Array {
  const marks = new Uint8Array(size);
  for (const number of column) marks[number] = 1;
  return marks;
}

/**
 * The ids that are used, in order, and the number of each id of the source (0 for those that are
 * not used).
 */
export function numbering(sourceIds: readonly string[], isUsed: Uint8Array) {
  const order = [...sourceIds.keys()].filter((id) => isUsed[id] === 1);
  const numeric = order.every((id) => Number.isFinite(Number(sourceIds[id])));
  order.sort((a, b) => {
    const [one, other] = [sourceIds[a], sourceIds[b]];
    return (numeric && byValue(one, other)) || (one < other ? -1 : 1);
  });
  const numbers = new Int32Array(sourceIds.length);
  order.forEach((id, number) => {
    numbers[id] = number;
  });
  return { ids: order.map((id) => sourceIds[id]), numbers };
}

const isWhole = (id: string): boolean => /^-?\d+$/.test(id);

/** Orders ids that are numbers, also whole ones that float64 does not tell apart; 0 where equal. */
function byValue(one: string, other: string): number {
  const [x, y] = [Number(one), Number(other)];
  if (x !== y || !isWhole(one) || !isWhole(other)) return x - y;
  const [whole, otherWhole] = [BigInt(one), BigInt(other)];
  return whole < otherWhole ? -1 : Number(whole > otherWhole);
}
