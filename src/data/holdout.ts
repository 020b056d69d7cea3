/** @file Holds out clicks at random: the rest is to train on, they are to test with. */

import { UserError } from '../errors.ts';
import type { DataSet, LabelledDataSet } from './data-set.ts';
import type { Interactions } from './interactions.ts';
import { numbered } from './numbering.ts';
import { partOf } from './part.ts';
import { type Random, random } from './random.ts';
import { rowOf, type SparseMatrix } from './sparse.ts';

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
  const { clicks, users, items } = numbered(interactions);
  return { name, ...splitRows(clicks, share, random(seed).fork('holdout')), users, items };
}

/** Throws a UserError for a share that is not from 0 up to but below 1. */
export function expectShare(share: number): void {
  if (share >= 0 && share < 1) return;
  throw new UserError(`holdout: expected a share from 0 up to but below 1, got ${share}`);
}

/**
 * Holds out `floor(share * n)` of each row's `n` entries, drawn at random; entries are 1. Throws a
 * UserError for a share that is not from 0 up to but below 1.
 */
export function splitRows(
  matrix: SparseMatrix,
  share: number,
  generator: Random,
): Pick<DataSet, 'train' | 'test'> {
  expectShare(share);
  const { rows } = matrix;
  let held = 0;
  for (let row = 0; row < rows; row++) held += partOf(share, rowOf(matrix, row).length);
  const train = ones(matrix, matrix.indices.length - held);
  const test = ones(matrix, held);
  for (let row = 0; row < rows; row++) {
    const items = Int32Array.from(rowOf(matrix, row));
    generator.shuffle(items);
    const count = partOf(share, items.length);
    append(test, row, items.subarray(0, count));
    append(train, row, items.subarray(count));
  }
  return { train, test };
}

/** Room for a number of ones. */
const ones = ({ rows, columns }: SparseMatrix, count: number): SparseMatrix => ({
  rows,
  columns,
  indptr: new Int32Array(rows + 1),
  indices: new Int32Array(count),
  values: new Float64Array(count).fill(1),
});

/** Fills in the next row. */
function append({ indptr, indices }: SparseMatrix, row: number, items: Int32Array): void {
  indices.set(items.sort(), indptr[row]);
  indptr[row + 1] = indptr[row] + items.length;
}
