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

/** Whether a row of both holds the same clicks. */
function sameRow(a: SparseMatrix, b: SparseMatrix, row: number): boolean {
  const [from, other] = [a.indptr[row], b.indptr[row]];
  const count = a.indptr[row + 1] - from;
  if (b.indptr[row + 1] - other !== count) return false;
  for (let i = 0; i < count; i++) {
    if (a.indices[from + i] !== b.indices[other + i]) return false;
  }
  return true;
}

/**
 * Users with labels of their own as further rows below `clicks`, and the labels of all rows, -1
 * where not known. The first `shared` users of an example are those rows of `clicks`. Throws the
 * signal's reason when that is aborted, and a UserError at examples over another catalogue, at shared
 * users whose clicks differ, and at a user who is labelled both fake and genuine.
 */
export async function withExamples(
  clicks: SparseMatrix,
  examples: readonly Labelled[],
  signal?: AbortSignal,
): Promise<Labelled> {
  const turns = new Turns(signal);
  const labels = Array.from({ length: clicks.rows }, () => -1);
  let stacked = clicks;
  for (const example of examples) {
    const { shared = 0 } = example;
    expectFit(clicks, example);
    const added: number[] = [];
    for (const [row, label] of example.labels.entries()) {
      if (row < shared && !sameRow(clicks, example.clicks, row)) {
        throw new UserError(
          `user ${row} of the examples has other clicks than in those to be judged`,
        );
      }
      if (label < 0) continue;
      if (row >= shared) added.push(row);
      else if (labels[row] >= 0 && labels[row] !== label) {
        throw new UserError(`the examples label user ${row} both fake and genuine`);
      } else labels[row] = label;
      await turns.pass();
    }
    if (added.length > 0)
      stacked = stackRows(stacked, selectedRows(example.clicks, Int32Array.from(added)));
    for (const row of added) labels.push(example.labels[row]);
  }
  return { clicks: stacked, labels: Int8Array.from(labels) };
}

function expectFit(clicks: SparseMatrix, { clicks: given, labels, shared = 0 }: Labelled): void {
  if (given.columns !== clicks.columns) {
    throw new UserError(
      `examples over ${given.columns} items do not fit the ${clicks.columns} of the clicks`,
    );
  }
  if (labels.length !== given.rows) {
    throw new UserError(
      `examples of ${given.rows} users have ${labels.length} labels: give one each`,
    );
  }
  const most = Math.min(clicks.rows, given.rows);
  if (!(Number.isInteger(shared) && shared >= 0 && shared <= most)) {
    throw new UserError(`examples share ${shared} users with the clicks: give 0 to ${most}`);
  }
}
