/** @file Splits interactions into clicks to train on and clicks to test with. */

import { UserError } from '../errors.ts';
import type { DataSet, LabelledDataSet } from './data-set.ts';
import type { Interactions } from './interactions.ts';
import { type Random, random } from './random.ts';
import { fromPairs, rowOf, type SparseMatrix } from './sparse.ts';

/**
 * Numbers users and items from 0 in the order of their ids (by value where all are numbers), and
 * holds out `floor(share * n)` of each user's `n` items, drawn by the seed. A share below 1 leaves
 * every user at least one click. Throws a UserError for another share.
 */
export function holdout(
  interactions: Interactions,
  share: number,
  seed: number,
  name = 'data',
): LabelledDataSet {
  const users = numbering(interactions.users, interactions.userOf);
  const items = numbering(interactions.items, interactions.itemOf);
  const pairs = Array.from(
    interactions.userOf,
    (user, pair) => [users.numbers[user], items.numbers[interactions.itemOf[pair]]] as const,
  );
  const all = fromPairs(pairs, users.ids.length, items.ids.length);
  const split = splitRows(all, share, random(seed).fork('holdout'));
  return { name, ...split, users: users.ids, items: items.ids };
}

/**
 * Holds out `floor(share * n)` of each row's `n` entries, drawn at random. Throws a UserError for a
 * share that is not from 0 up to but below 1.
 */
export function splitRows(
  matrix: SparseMatrix,
  share: number,
  generator: Random,
): Pick<DataSet, 'train' | 'test'> {
  if (!(share >= 0 && share < 1)) {
    throw new UserError(`holdout: expected a share from 0 up to but below 1, got ${share}`);
  }
  const { rows, columns } = matrix;
  const train: [number, number][] = [];
  const test: [number, number][] = [];
  for (let user = 0; user < rows; user++) {
    const items = Int32Array.from(rowOf(matrix, user));
    generator.shuffle(items);
    // The margin serves products such as 0.29 * 100, which is a little below 29.
    const testCount = Math.floor(share * items.length + 1e-9);
    items.forEach((item, i) => {
      (i < testCount ? test : train).push([user, item]);
    });
  }
  return { train: fromPairs(train, rows, columns), test: fromPairs(test, rows, columns) };
}

/** The ids in use, in order, and the number of each id of the source. */
function numbering(sourceIds: readonly string[], used: Int32Array) {
  const order = [...new Set(used)];
  const numeric = order.every((id) => Number.isFinite(Number(sourceIds[id])));
  order.sort((a, b) => {
    if (numeric) return Number(sourceIds[a]) - Number(sourceIds[b]);
    return sourceIds[a] < sourceIds[b] ? -1 : 1;
  });
  const numbers = new Int32Array(sourceIds.length);
  order.forEach((id, number) => {
    numbers[id] = number;
  });
  return { ids: order.map((id) => sourceIds[id]), numbers };
}
