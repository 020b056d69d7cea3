/** @file Labelled users beside those to be judged. */

import { Turns } from '../../autodiff/index.ts';
import { type SparseMatrix, selectedRows, stackRows } from '../../data/sparse.ts';
import { UserError } from '../../errors.ts';
import type { DetectorOptions, Labelled } from './detector.ts';

/** The examples. Throws a UserError if no fake or no genuine user is among them. */
export function expectExamples(name: string, { examples = [] }: DetectorOptions) {
  const has = (label: number) => examples.some(({ labels }) => labels.includes(label));
  if (has(1) && has(0)) return examples;
  throw new UserError(
    `${name} learns from labels: give it fake and genuine users of other attacks as examples`,
  );
}

/** The clicks of a user as text that is equal for equal clicks. */
const keyOf = ({ indices, indptr }: SparseMatrix, row: number): string =>
  indices.subarray(indptr[row], indptr[row + 1]).join();

/**
 * Users with labels of their own as further rows below `clicks`, and the labels of all rows, -1
 * where not known. A labelled user whose clicks are exactly those of a row of `clicks` is that row:
 * the genuine users of the examples are mostly the same as those to be judged. Throws the signal's
 * reason when that is aborted, and a UserError at examples over another catalogue.
 */
export async function withExamples(
  clicks: SparseMatrix,
  examples: readonly Labelled[],
  signal?: AbortSignal,
): Promise<Labelled> {
  const turns = new Turns(signal);
  const labels = Array.from({ length: clicks.rows }, () => -1);
  const rowsOf = new Map<string, number[]>();
  for (let row = 0; row < clicks.rows; row++) {
    const key = keyOf(clicks, row);
    const rows = rowsOf.get(key);
    if (rows) rows.push(row);
    else rowsOf.set(key, [row]);
    await turns.pass();
  }
  let stacked = clicks;
  for (const example of examples) {
    if (example.clicks.columns !== clicks.columns) {
      throw new UserError(
        `examples over ${example.clicks.columns} items do not fit the ${clicks.columns} of the clicks`,
      );
    }
    const added: number[] = [];
    for (const [row, label] of example.labels.entries()) {
      if (label < 0) continue;
      const same = rowsOf.get(keyOf(example.clicks, row));
      const free = same?.find((known) => labels[known] < 0);
      if (free !== undefined) labels[free] = label;
      else if (!same) added.push(row);
      await turns.pass();
    }
    if (added.length > 0)
      stacked = stackRows(stacked, selectedRows(example.clicks, Int32Array.from(added)));
    for (const row of added) labels.push(example.labels[row]);
  }
  return { clicks: stacked, labels: Int8Array.from(labels) };
}
