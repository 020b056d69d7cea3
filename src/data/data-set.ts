/** @file A data set: clicks to train on, and clicks held out to test with. */

import type { SparseMatrix } from './sparse.ts';

/**
 * Users and items are numbered from 0; `train` and `test` have one row a user, one column an item.
 */
export interface DataSet {
  readonly name: string;
  readonly train: SparseMatrix;
  readonly test: SparseMatrix;
  /** The ids that the users and the items have in the source, in the order of their numbers. */
  readonly users?: readonly string[];
  readonly items?: readonly string[];
}

/** A data set with the ids of its source. */
export type LabelledDataSet = DataSet & Required<Pick<DataSet, 'users' | 'items'>>;
