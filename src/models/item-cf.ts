/** @file ItemCF: items that share many of their users are similar; nothing is trained. */

import { Largest } from '../data/largest.ts';
import { rowOf, type SparseMatrix, transposed } from '../data/sparse.ts';

/**
 * The Jaccard similarities `[items, items]` of each item to the `neighbours` items most similar to
 * it: users of both over users of either (Sarwar et al. 2001 with Jaccard, as in the code of Tang,
 * Wen & Wang 2020). Ties go to the lower item number; an item is no neighbour of its own, nor is
 * one that shares no user with it. Takes time in the sum of the squared lengths of the users' rows.
 */
export function nearestItems(clicks: SparseMatrix, neighbours: number): SparseMatrix {
  const items = clicks.columns;
  const usersOf = transposed(clicks);
  const degree = (item: number) => usersOf.indptr[item + 1] - usersOf.indptr[item];
  const shared = new Int32Array(items);
  const similarity = (item: number, other: number) =>
    shared[other] / (degree(item) + degree(other) - shared[other]);
  const largest = new Largest(Math.min(neighbours, items));
  const indptr = new Int32Array(items + 1);
  const indices: number[] = [];
  const values: number[] = [];
  for (let item = 0; item < items; item++) {
    const met = countShared(clicks, rowOf(usersOf, item), shared);
    for (const other of met) {
      if (other !== item) largest.offer(other, similarity(item, other));
    }
    for (const other of largest.take().sort()) {
      indices.push(other);
      values.push(similarity(item, other));
    }
    indptr[item + 1] = indices.length;
    for (const other of met) shared[other] = 0;
  }
  return {
    rows: items,
    columns: items,
    indptr,
    indices: Int32Array.from(indices),
    values: Float64Array.from(values),
  };
}

/** Adds to each item's count how many of these users clicked it; returns the items they clicked. */
function countShared(clicks: SparseMatrix, users: Int32Array, counts: Int32Array): number[] {
  const met: number[] = [];
  for (const user of users) {
    for (let e = clicks.indptr[user]; e < clicks.indptr[user + 1]; e++) {
      const item = clicks.indices[e];
      if (counts[item]++ === 0) met.push(item);
    }
  }
  return met;
}

/**
 * Scores of users `[users.length, items]`: that of item j is the sum, over the items i that the
 * user clicked, of the similarity of i to j where j is among the neighbours **of i** (not i among
 * those of j), as the published code multiplies clicks by the matrix of neighbours.
 */
export function neighbourScores(
  clicks: SparseMatrix,
  nearest: SparseMatrix,
  users: Int32Array,
): Float64Array {
  const items = nearest.columns;
  const scores = new Float64Array(users.length * items);
  const { indptr, indices, values } = nearest;
  users.forEach((user, row) => {
    for (const item of rowOf(clicks, user)) {
      for (let e = indptr[item]; e < indptr[item + 1]; e++) {
        scores[row * items + indices[e]] += values[e];
      }
    }
  });
  return scores;
}
