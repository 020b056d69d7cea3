/** @file Clicks in batches, each with items that its user has not clicked, drawn anew each epoch. */

import type { Random } from './random.ts';
import { rowOf, type SparseMatrix } from './sparse.ts';

/** Clicks, and for each of them its item followed by the items drawn: `items` is [n, 1 + negatives]. */
export interface ClickBatch {
  readonly users: Int32Array;
  readonly items: Int32Array;
}

/**
 * The entries that have negatives, with the user of each. A user who clicked every item has none:
 * these clicks are left out, as there is nothing to tell them from.
 */
export interface Contrasted {
  readonly clicks: SparseMatrix;
  readonly entries: Int32Array;
  readonly users: Int32Array;
}

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

/** The item of this rank, from 0, among those that are not in `clicked` (ascending), by bisection. */
export function unclickedItem(clicked: Int32Array, rank: number): number {
  // Before the clicked item number j there are clicked[j] - j items without a click.
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
 * An epoch: all clicks in a random order in batches of `size`, the last one smaller where it does
 * not divide them, with `negatives` items for each click, drawn with replacement, all items without
 * a click of the user alike.
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
    let at = 0;
    for (const entry of batch) {
      const clicked = rowOf(clicks, users[entry]);
      const unclicked = clicks.columns - clicked.length;
      items[at++] = clicks.indices[entry];
      for (let i = 0; i < negatives; i++) {
        items[at++] = unclickedItem(clicked, generator.integer(unclicked));
      }
    }
    yield { users: batch.map((entry) => users[entry]), items };
  }
}
