/** @file Drawn batches of clicks with negatives, and their losses' terms in plain numbers. */

import { gather, mapTree, type Tensor } from '../../src/autodiff/index.ts';
import { type ClickBatch, clickBatches, contrasted } from '../../src/data/negatives.ts';
import { random } from '../../src/data/random.ts';
import { fromPairs } from '../../src/data/sparse.ts';
import type { Embeddings } from '../../src/models/index.ts';
import { type ClickPairs, clickPairs } from '../../src/models/training/click-pairs.ts';
import type { Draw } from '../autodiff/draw.ts';

export type Rows = readonly (readonly number[])[];

export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i], 0);
export const squared = (a: readonly number[]): number => dot(a, a);
export const plain = async (x: Tensor): Promise<Rows> => (await x.array()) as Rows;

/** A few clicks, at least one of which has negatives, and one batch of them, padded at times. */
export function drawBatch(draw: Draw) {
  const [users, items] = [draw.size() + 1, draw.size() + 1];
  const pairs: [number, number][] = [[0, 0]];
  for (let user = 0; user < users; user++) {
    for (let item = user === 0 ? items : 0; item < items; item++) {
      if (draw.chance(0.4)) pairs.push([user, item]);
    }
  }
  const clicks = fromPairs(pairs, users, items);
  const negatives = draw.integer(1, 3);
  const size = draw.integer(1, 6);
  const options = { size, negatives };
  const generator = random(draw.integer(0, 1000));
  const batches = [...clickBatches(contrasted(clicks), options, generator)];
  const batch = batches[draw.integer(0, batches.length - 1)];
  return { clicks, batch, negatives, pairs: clickPairs(batch, size, negatives, clicks) };
}

/** The rows of a batch, as the training gathers them. */
export const gatherBatch = <P extends Embeddings>(parameters: P, batch: ClickPairs): P => ({
  ...parameters,
  users: mapTree((table) => gather(table, batch.users.rows), parameters.users),
  items: mapTree((table) => gather(table, batch.items.rows), parameters.items),
});

/** Half the squared norms of all users and items of a batch, each as often as it is in it. */
export const plainNorms = (
  { users, items }: ClickBatch,
  tables: { users: Rows; items: Rows },
): number => {
  const norms = (ids: Int32Array, rows: Rows) =>
    [...ids].reduce((sum, id) => sum + squared(rows[id]) / 2, 0);
  return norms(users, tables.users) + norms(items, tables.items);
};

/** Sums of some 200 products of numbers up to 100, in another order. */
export const tolerance = 200 * 100 * Number.EPSILON;
