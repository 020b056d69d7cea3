/** @file Splits interactions into clicks to train on and clicks to test with. */

import { UserError } from '../errors.ts';
import type { DataSet } from './data-set.ts';
import type { Interactions } from './interactions.ts';
import { type Random, random } from './random.ts';
import { fromPairs, rowOf, type SparseMatrix } from './sparse.ts';

/** A data set with the labels that its users and items had. */
export interface LabelledDataSet extends DataSet {
  readonly users: readonly string[];
  readonly items: readonly string[];
}

/**
 * Numbers users and items from 0 in the order of their labels (by value where all are numbers),
 * and holds out `floor(share * n)` of each user's `n` items, drawn by the seed. A share below 1
 * leaves every user at least one click. Throws a UserError for another share.
 */
export function holdout(
  interactions: Interactions,
  share: number,
  seed: number,
  name = 'data',
): LabelledDataSet {
  const users = numbering(interactions.users, interactions.userOf);
  const items = numbering(interactions.items, interactions.itemOf);
  const shape = [users.labels.length, items.labels.length] as const;
  const pairs = Array.from(
    interactions.userOf,
    (user, i) => [users.numberOf[user], items.numberOf[interactions.itemOf[i]]] as const,
  );
  const all = fromPairs(pairs, ...shape);
  return {
    name,
    ...splitRows(all, share, random(seed).fork('holdout')),
    users: users.labels,
    items: items.labels,
  };
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
    const row = Int32Array.from(rowOf(matrix, user));
    generator.shuffle(row);
    // The margin is for products such as 0.29 * 100, a little below 29.
    const held = Math.floor(share * row.length + 1e-9);
    row.forEach((item, i) => {
      (i < held ? test : train).push([user, item]);
    });
  }
  return { train: fromPairs(train, rows, columns), test: fromPairs(test, rows, columns) };
}

/** The labels in use, in order, and the place of each label among them. */
function numbering(labels: readonly string[], used: Int32Array) {
  const present = [...new Set(used)];
  const numeric = present.every((at) => Number.isFinite(Number(labels[at])));
  present.sort((a, b) => {
    if (numeric) return Number(labels[a]) - Number(labels[b]);
    return labels[a] < labels[b] ? -1 : 1;
  });
  const numberOf = new Int32Array(labels.length);
  present.forEach((at, number) => {
    numberOf[at] = number;
  });
  return { labels: present.map((at) => labels[at]), numberOf };
}
