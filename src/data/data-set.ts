/** @file A data set: clicks to train on, and clicks held out to test with. */

import type { SparseMatrix } from './sparse.ts';

/** Users by items, `train` and `test` of one shape. */
export interface DataSet {
  readonly name: string;
  readonly train: SparseMatrix;
  readonly test: SparseMatrix;
}
