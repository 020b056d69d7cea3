/** @file Splits of interactions into clicks to train on and clicks to test with. */

import { UserError } from '../errors.ts';
import type { LabelledDataSet } from './data-set.ts';
import { expectDisjoint } from './disjoint.ts';
import { expectShare, holdout } from './holdout.ts';
import type { Interactions } from './interactions.ts';
import { numbering } from './numbering.ts';
import { partOf } from './part.ts';
import { random } from './random.ts';
import { countingOrder, fromColumns } from './sparse.ts';

/** The splits by name. */
export const splits = {
  random: "a share of each user's clicks, drawn by the seed",
  time: "the last share of each user's clicks",
  'time-global': 'the clicks after a point in time, so that their share is at most the given one',
  'leave-one-out': 'the last click of each user with two or more',
  'leave-one-out-random': 'one click, drawn by the seed, of each user with two or more',
  none: 'nothing is held out',
};

/** The name of a split. */
export type SplitName = keyof typeof splits;

/** Whether a split needs the times of the interactions. */
export const needsTimes = (split: SplitName): boolean =>
  split === 'time' || split === 'time-global' || split === 'leave-one-out';

/** How to split. */
export interface SplitOptions {
  readonly split: SplitName;
  /** Of the clicks, held out. Splits that hold out one click or none do not use it. */
  readonly share: number;
  readonly seed: number;
  readonly name?: string;
}

/** A data set, and the users that have no click to train on, who are left out. */
export type SplitData = LabelledDataSet & { readonly idleUsers: number };

/**
 * Numbers users and items and splits their interactions. Of clicks at one time the later one in the
 * file is the later. Throws a UserError for a share that is not from 0 up to but below 1, or if
 * the split needs times and there are none.
 */
export function splitInteractions(interactions: Interactions, options: SplitOptions): SplitData {
  const { split, share, seed, name = 'data' } = options;
  expectShare(share);
  if (split === 'random') return { ...holdout(interactions, share, seed, name), idleUsers: 0 };
  const held = heldPairs(interactions, options);
  return assemble(name, interactions, held);
}

/** Marks the pairs to test with. */
function heldPairs(interactions: Interactions, { split, share, seed }: SplitOptions): Uint8Array {
  const { userOf, timeOf, users } = interactions;
  const held = new Uint8Array(userOf.length);
  if (split === 'none') return held;
  if (needsTimes(split) && !timeOf) {
    throw new UserError(`split ${split}: the interactions have no times: choose another split`);
  }
  if (split === 'time-global') {
    const cut = cutOf(timeOf as Float64Array, share);
    return held.map((_, pair) => ((timeOf as Float64Array)[pair] > cut ? 1 : 0));
  }
  const generator = random(seed).fork('leave one out');
  const byUser = countingOrder(userOf, users.length);
  for (let from = 0; from < byUser.length; ) {
    let end = from + 1;
    while (end < byUser.length && userOf[byUser[end]] === userOf[byUser[from]]) end++;
    const pairs = byUser.subarray(from, end);
    from = end;
    if (split === 'leave-one-out-random') {
      if (pairs.length > 1) held[pairs[generator.integer(pairs.length)]] = 1;
      continue;
    }
    const times = timeOf as Float64Array;
    const ordered = [...pairs].sort((a, b) => times[a] - times[b]);
    const count = split === 'time' ? partOf(share, pairs.length) : Math.min(1, pairs.length - 1);
    for (const pair of ordered.slice(ordered.length - count)) held[pair] = 1;
  }
  return held;
}

/** The time of the last click to train on. Clicks at that time are all to train on. */
function cutOf(times: Float64Array, share: number): number {
  const ascending = times.slice().sort();
  return ascending[ascending.length - 1 - partOf(share, ascending.length)];
}

/**
 * A data set of clicks that are split already. Users who have no click in `train` are left out.
 * Throws a UserError that begins with `name` for a click that is in both.
 */
export function givenSplit(train: Interactions, test: Interactions, name = 'data'): SplitData {
  const [users, items] = (['users', 'items'] as const).map((side) =>
    joined(train[side], test[side]),
  );
  const all = {
    users: users.ids,
    items: items.ids,
    userOf: both(
      train.userOf,
      test.userOf.map((user) => users.numbers[user]),
    ),
    itemOf: both(
      train.itemOf,
      test.itemOf.map((item) => items.numbers[item]),
    ),
  };
  const held = new Uint8Array(all.userOf.length).fill(1, train.userOf.length);
  const data = assemble(name, all, held);
  expectDisjoint(name, data);
  return data;
}

/** The ids of `a`, then those of `b` that are not in `a`, and their numbers among these. */
function joined(a: readonly string[], b: readonly string[]) {
  const all = new Map(a.map((id, number) => [id, number]));
  const numbers = b.map((id) => {
    const number = all.get(id) ?? all.size;
    all.set(id, number);
    return number;
  });
  return { ids: [...all.keys()], numbers };
}

function both(a: Int32Array, b: Int32Array): Int32Array {
  const all = new Int32Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

function assemble(name: string, interactions: Interactions, held: Uint8Array): SplitData {
  const { userOf, itemOf } = interactions;
  const trains = new Uint8Array(interactions.users.length);
  userOf.forEach((user, pair) => {
    if (held[pair] === 0) trains[user] = 1;
  });
  const isItemUsed = new Uint8Array(interactions.items.length);
  const isIdle = new Uint8Array(interactions.users.length);
  userOf.forEach((user, pair) => {
    if (trains[user] === 1) isItemUsed[itemOf[pair]] = 1;
    else isIdle[user] = 1;
  });
  const users = numbering(interactions.users, trains);
  const items = numbering(interactions.items, isItemUsed);
  // One part after the other, so that the columns of one are gone when the next is made.
  const matrix = (isHeld: 0 | 1) => {
    const part = (column: Int32Array, numbers: Int32Array) => {
      const kept = column.filter((_, pair) => held[pair] === isHeld && trains[userOf[pair]] === 1);
      for (let i = 0; i < kept.length; i++) kept[i] = numbers[kept[i]];
      return kept;
    };
    const rows = part(userOf, users.numbers);
    return fromColumns(rows, part(itemOf, items.numbers), users.ids.length, items.ids.length);
  };
  return {
    name,
    train: matrix(0),
    test: matrix(1),
    users: users.ids,
    items: items.ids,
    idleUsers: isIdle.reduce((count, idle) => count + idle, 0),
  };
}
