/** @file `item-cf`: recommends the items most similar to those that a user clicked, untrained. */

import { Largest } from '../data/largest.ts';
import { arrayOf, type NamedArrays } from '../data/named-arrays.ts';
import { checkParts, rowOf, type SparseMatrix, transposed } from '../data/sparse.ts';
import type { ModelKind, TrainedModel } from './kind.ts';

/**
 * The Jaccard similarities `[items, items]` of each item to the `neighbours` items most similar to
 * it: users of both over users of either (Sarwar et al. 2001 with Jaccard, as in the code of Tang,
 * Wen & Wang 2020). Ties go to the lower item number. An item is not its own neighbour, and
 * neighbours share at least one user. The time is the sum of the squared lengths of users' rows.
 */
export function nearestItems(clicks: SparseMatrix, neighbours: number): SparseMatrix {
  const items = clicks.columns;
  const usersByItem = transposed(clicks);
  const degree = (item: number) => usersByItem.indptr[item + 1] - usersByItem.indptr[item];
  const shared = new Int32Array(items);
  const similarity = (item: number, other: number) =>
    shared[other] / (degree(item) + degree(other) - shared[other]);
  const largest = new Largest(Math.min(neighbours, items));
  const indptr = new Int32Array(items + 1);
  const indices: number[] = [];
  const values: number[] = [];
  for (let item = 0; item < items; item++) {
    const touched = countShared(clicks, rowOf(usersByItem, item), shared);
    for (const other of touched) {
      if (other !== item) largest.offer(other, similarity(item, other));
    }
    for (const other of largest.take().sort()) {
      indices.push(other);
      values.push(similarity(item, other));
    }
    indptr[item + 1] = indices.length;
    for (const other of touched) shared[other] = 0;
  }
  return {
    rows: items,
    columns: items,
    indptr,
    indices: Int32Array.from(indices),
    values: Float64Array.from(values),
  };
}

/** Adds to `counts` how many of these users clicked each item. Returns the items they clicked. */
function countShared(clicks: SparseMatrix, users: Int32Array, counts: Int32Array): number[] {
  const touched: number[] = [];
  for (const user of users) {
    for (let e = clicks.indptr[user]; e < clicks.indptr[user + 1]; e++) {
      const item = clicks.indices[e];
      if (counts[item]++ === 0) touched.push(item);
    }
  }
  return touched;
}

/**
 * Scores of users `[users.length, items]`. The score of item j is the sum, over the items i that
 * the user clicked, of the similarity of i to j where j is a neighbour **of i**, whether or not i
 * is a neighbour of j. The published code too multiplies clicks by the matrix of neighbours.
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

/** The settings of `item-cf`, which `settingDefinitions` describes. */
export type ItemCfSettings = { readonly neighbours: number };

const defaults: ItemCfSettings = { neighbours: 50 };

/** Its arrays are those of `nearest` under SciPy's names. Users are scored from `clicks`. */
function itemCfModel(clicks: SparseMatrix, nearest: SparseMatrix): TrainedModel {
  const { indptr, indices, values } = nearest;
  return {
    users: clicks.rows,
    items: clicks.columns,
    scores: async (users) => neighbourScores(clicks, nearest, users),
    arrays: async () => ({
      indptr: { shape: [indptr.length], data: indptr },
      indices: { shape: [indices.length], data: indices },
      data: { shape: [values.length], data: values },
    }),
    release: () => {},
  };
}

function load(clicks: SparseMatrix, _settings: ItemCfSettings, arrays: NamedArrays): TrainedModel {
  const items = clicks.columns;
  const indptr = arrayOf(arrays, 'indptr', [items + 1]);
  const indices = arrayOf(arrays, 'indices', [indptr[items]]);
  const data = arrayOf(arrays, 'data', [indptr[items]]);
  checkParts('array ', items, items, { indptr, indices, data });
  return itemCfModel(clicks, {
    rows: items,
    columns: items,
    indptr: Int32Array.from(indptr),
    indices: Int32Array.from(indices),
    values: Float64Array.from(data),
  });
}

/** The kind `item-cf`. */
export const itemCfKind: ModelKind<ItemCfSettings> = {
  name: 'item-cf',
  about: 'Jaccard-nearest items, no training (Sarwar et al. 2001)',
  seedless: true,
  defaults,
  synthetic: defaults,
  fit: async (clicks, { neighbours }) => itemCfModel(clicks, nearestItems(clicks, neighbours)),
  load,
};
