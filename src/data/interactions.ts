/** @file Interactions by the ids of their source, before users and items are numbered. */

import { UserError } from '../errors.ts';
import { type Column, float64Column, int32Column } from './columns.ts';
import { countingOrder } from './sparse.ts';

/**
 * Distinct (user, item) pairs. `users` and `items` are the ids of the source; pair `i` is of
 * `users[userOf[i]]` and `items[itemOf[i]]`, and was first seen at `timeOf[i]`, if times are known.
 */
export interface Interactions {
  readonly users: readonly string[];
  readonly items: readonly string[];
  readonly userOf: Int32Array;
  readonly itemOf: Int32Array;
  readonly timeOf?: Float64Array;
}

/** Collects pairs of ids, in columns that grow; a pair that comes twice counts once. */
export class InteractionCollector {
  private readonly users = new Map<string, number>();
  private readonly items = new Map<string, number>();
  private readonly userOf = int32Column();
  private readonly itemOf = int32Column();
  private readonly timeOf: Column<Float64Array> | undefined;

  /** With `times`, every pair has a time. */
  constructor(times = false) {
    this.timeOf = times ? float64Column() : undefined;
  }

  /** Adds a pair. Returns whether its user or its item is new. */
  add(user: string, item: string, time = 0): boolean {
    const known = this.users.size + this.items.size;
    this.userOf.push(numberOf(this.users, user));
    this.itemOf.push(numberOf(this.items, item));
    this.timeOf?.push(time);
    return this.users.size + this.items.size > known;
  }

  /** The distinct pairs, in the order in which they came, each with its earliest time. */
  finish(): Interactions {
    const users = [...this.users.keys()];
    const items = [...this.items.keys()];
    const userOf = this.userOf.take();
    const itemOf = this.itemOf.take();
    const timeOf = this.timeOf?.take();
    const first = firstOfEach(userOf, itemOf, users.length, items.length, timeOf);
    const all = { users, items, userOf, itemOf, ...(timeOf && { timeOf }) };
    return first ? selected(all, (pair) => first[pair] === 1) : all;
  }
}

/** The pairs that are kept. */
export function selected(
  { users, items, userOf, itemOf, timeOf }: Interactions,
  keep: (pair: number) => boolean,
): Interactions {
  const isKept = (_: number, pair: number) => keep(pair);
  return {
    users,
    items,
    userOf: userOf.filter(isKept),
    itemOf: itemOf.filter(isKept),
    ...(timeOf && { timeOf: timeOf.filter(isKept) }),
  };
}

/**
 * Marks the first of equal pairs, whose time becomes the earliest; undefined if none are equal.
 * Pairs are sorted by user through counting: a Set holds at most 2^24 entries, and MovieLens has
 * more.
 */
function firstOfEach(
  userOf: Int32Array,
  itemOf: Int32Array,
  users: number,
  items: number,
  timeOf: Float64Array | undefined,
): Uint8Array | undefined {
  const first = new Uint8Array(userOf.length);
  const pairOf = new Int32Array(items).fill(-1);
  let count = 0;
  for (const pair of countingOrder(userOf, users)) {
    const earlier = pairOf[itemOf[pair]];
    if (earlier >= 0 && userOf[earlier] === userOf[pair]) {
      if (timeOf) timeOf[earlier] = Math.min(timeOf[earlier], timeOf[pair]);
      continue;
    }
    pairOf[itemOf[pair]] = pair;
    first[pair] = 1;
    count++;
  }
  return count === first.length ? undefined : first;
}

/** As many entries as a Map can hold. */
const idLimit = 2 ** 24;

/** The number of an id; a new id gets the next, and a copy that does not hold its line in memory. */
function numberOf(ids: Map<string, number>, id: string): number {
  let number = ids.get(id);
  if (number === undefined) {
    if (ids.size === idLimit) throw new UserError(`more than ${idLimit} ids are not read`);
    number = ids.size;
    ids.set(id.length < 13 ? id : [...id].join(''), number);
  }
  return number;
}
