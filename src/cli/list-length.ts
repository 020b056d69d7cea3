/** @file A word on recommendations that hold every item. */

import type { DataSet } from '../data/index.ts';
import type { Output } from './output.ts';

/** Says that lists of `k` items hold all, where they do: every item is hit then, and Recall is 1. */
export function noteLength(output: Output, k: number, { train }: DataSet): void {
  if (k < train.columns) return;
  output.line(
    `lists of ${k} hold all ${train.columns} items, so that every item is hit: lower --k to measure`,
  );
}
