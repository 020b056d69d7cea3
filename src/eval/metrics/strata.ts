/** @file Strata of items by popularity, and target items drawn from them. */

import { columnCounts, random, type SparseMatrix } from '../../data/portable.ts';
import { valueAt } from '../../data/quantile.ts';
import { UserError } from '../../errors.ts';

/**
 * Strata by percentile of the training clicks of an item: head above the 95th, upper torso above
 * the 75th, lower torso above the 50th, tail the rest (Tang, Wen & Wang 2020, section 4.1).
 */
export const strata = ['head', 'upper-torso', 'lower-torso', 'tail'] as const;
/** The name of a stratum. */
export type Stratum = (typeof strata)[number];

/**
 * Where items go that have exactly as many clicks as a percentile: `below`, into the stratum below
 * it, so that every item is in one, or `nowhere`, as in the published code.
 */
export type OnBound = 'below' | 'nowhere';

/** The items of a stratum, in ascending order. */
export function itemsOf(
  train: SparseMatrix,
  stratum: Stratum,
  onBound: OnBound = 'below',
): Int32Array {
  const counts = columnCounts(train);
  const sorted = counts.slice().sort();
  const bounds = [95, 75, 50].map((percent) => percentile(sorted, percent));
  const stratumOf = (clicks: number) => {
    const above = bounds.findIndex((bound) => clicks > bound);
    return above < 0 ? 'tail' : strata[above];
  };
  const isLeftOut = (clicks: number) => onBound === 'nowhere' && bounds.includes(clicks);
  return Int32Array.from(counts.keys()).filter(
    (item) => stratumOf(counts[item]) === stratum && !isLeftOut(counts[item]),
  );
}

/** Multiplied first: a product with 0.95 would round, and miss the item that the percentile is. */
const percentile = (sorted: Int32Array, percent: number): number =>
  valueAt(sorted, ((sorted.length - 1) * percent) / 100);

/**
 * Target items from words such as `head:5`, so many drawn from a stratum by the seed, or `102,140`,
 * their numbers. Throws a UserError for anything else, and for items outside the catalogue.
 */
export function parseTargets(
  words: string,
  train: SparseMatrix,
  seed: number,
  onBound: OnBound = 'below',
): number[] {
  const drawn = /^([a-z-]+):(\d+)$/.exec(words);
  if (drawn) return drawTargets(drawn[1], Number(drawn[2]), train, seed, onBound);
  if (!/^(0|[1-9]\d*)(,(0|[1-9]\d*))*$/.test(words)) {
    throw new UserError(
      `targets: expected a stratum and a count (${strata.map((s) => `${s}:5`).join(', ')}) or ` +
        `item numbers such as 102,140, got ${words}`,
    );
  }
  const targets = [...new Set(words.split(',').map(Number))];
  const outside = targets.find((item) => item >= train.columns);
  if (outside !== undefined) {
    throw new UserError(
      `targets: item ${outside} is outside the catalogue of ${train.columns} items ` +
        `(0 to ${train.columns - 1})`,
    );
  }
  return targets;
}

function drawTargets(
  name: string,
  count: number,
  train: SparseMatrix,
  seed: number,
  onBound: OnBound,
): number[] {
  const stratum = strata.find((each) => each === name);
  if (!stratum) throw new UserError(`targets: no stratum ${name}; there are ${strata.join(', ')}`);
  const items = itemsOf(train, stratum, onBound);
  if (count < 1 || count > items.length) {
    throw new UserError(
      `targets: ${name} has ${items.length} items, so that ${name}:${count} cannot be drawn: name ` +
        `${items.length > 0 ? `${name}:1${items.length > 1 ? ` to ${name}:${items.length}` : ''}` : 'another stratum'} (--targets)`,
    );
  }
  const drawn = random(seed).fork(`targets ${name}`).sample(items.length, count);
  return drawn.map((index) => items[index]).sort((a, b) => a - b);
}
