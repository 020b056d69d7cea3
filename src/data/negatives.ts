/**
 * @file Batches of clicks with negatives: items that the user has not clicked, drawn each epoch.
 */

import type { Random } from './random.ts';
import { rowOf, type SparseMatrix } from './sparse.ts';

/**
 * `n` clicks: the users `[n]`, and `[n, 1 + negatives]` items, the clicked one before those drawn.
 */
export interface ClickBatch {
  readonly users: Int32Array;
  readonly items: Int32Array;
}

/** Clicks that have negatives. The clicks of a user who clicked every item have none. */
export interface Contrasted {
  readonly clicks: SparseMatrix;
  /** The entries of `clicks` that have negatives. */
  readonly entries: Int32Array;
  /** The user of each entry of `clicks`. */
  readonly users: Int32Array;
}

/** Finds the clicks that have negatives. */
export function contrasted(clicks: SparseMatrix): Contrasted {
  const users = new Int32Array(clicks.indices.length);
  for (let user = 0; user < clicks.rows; user++) {
    users.fill(user, clicks.indptr[user], clicks.indptr[user + 1]);
  }
  const entries = Int32Array.from(users, (_, entry) => entry).filter(
    (entry) => rowOf(clicks, users[entry]).length < clicks.columns,
  );
  return { clicks, entries, users };
}

/** The item of a rank, from 0, among those that are not in `clicked` (ascending), by bisection. */
export function unclickedItem(clicked: Int32Array, rank: number): number {
  // clicked[j] - j items without a click precede clicked[j].
  let low = 0;
  let high = clicked.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (clicked[middle] - middle <= rank) low = middle + 1;
    else high = middle;
  }
  return rank + low;
}

/**
 * The batches of an epoch: all clicks in random order, `size` a batch, the last one smaller where
 * `size` does not divide them. Each click has `negatives` items, drawn uniformly and with
 * replacement from those without a click of the user.
 */
export function* clickBatches(
  { clicks, entries, users }: Contrasted,
  { size, negatives }: { readonly size: number; readonly negatives: number },
  generator: Random,
): Generator<ClickBatch> {
  const order = entries.slice();
  generator.shuffle(order);
  for (let from = 0; from < order.length; from += size) {
    const batch = order.subarray(from, from + size);
    const items = new Int32Array(batch.length * (1 + negatives));
    let next = 0;
    for (const entry of batch) {
      const clicked = rowOf(clicks, users[entry]);
      const unclicked = clicks.columns - clicked.length;
      items[next++] = clicks.indices[entry];
      for (let i = 0; i < negatives; i++) {
        items[next++] = unclickedItem(clicked, generator.integer(unclicked));
      }
    }
    yield { users: batch.map((entry) => users[entry]), items };
  }
}
