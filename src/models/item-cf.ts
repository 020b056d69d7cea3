/** @file `item-cf`: recommends the items most similar to those that a user clicked, untrained. */

import { Turns } from '../autodiff/index.ts';
import { Largest } from '../data/largest.ts';
import { arrayOf, type NamedArrays } from '../data/named-arrays.ts';
import { checkParts, rowOf, type SparseMatrix } from '../data/sparse.ts';
import { checkedKind } from './checked.ts';
import type { FitOptions, ModelKind, TrainedModel } from './kind.ts';
import { SharedUsers } from './training/shared-users.ts';

/** The neighbours of items, item by item. */
function* neighboursOf(clicks: SparseMatrix, neighbours: number): Generator<void, SparseMatrix> {
  const items = clicks.columns;
  const shared = new SharedUsers(clicks);
  const { counts, degrees, touched } = shared;
  const similarity = (item: number, other: number) =>
    counts[other] / (degrees[item] + degrees[other] - counts[other]);
  const largest = new Largest(Math.min(neighbours, items));
  const indptr = new Int32Array(items + 1);
  const indices: number[] = [];
  const values: number[] = [];
  for (let item = 0; item < items; item++) {
    shared.count(item);
    for (let i = 0; i < shared.touchedCount; i++) {
      const other = touched[i];
      const value = similarity(item, other);
      if (other !== item && value >= largest.bound) largest.offer(other, value);
    }
    for (const other of largest.take().sort()) {
      indices.push(other);
      values.push(similarity(item, other));
    }
    indptr[item + 1] = indices.length;
    yield;
  }
  return {
    rows: items,
    columns: items,
    indptr,
    indices: Int32Array.from(indices),
    values: Float64Array.from(values),
  };
}

/**
 * The Jaccard similarities `[items, items]` of each item to the `neighbours` items most similar to
 * it: users of both over users of either (Sarwar et al. 2001 with Jaccard, as in the code of Tang,
 * Wen & Wang 2020). Ties go to the lower item number. An item is not its own neighbour, and
 * neighbours share at least one user. The time is the sum of the squared lengths of users' rows, or
 * a count of bits for each pair of items and 32 users where these have many clicks.
 */
export function nearestItems(clicks: SparseMatrix, neighbours: number): SparseMatrix {
  const steps = neighboursOf(clicks, neighbours);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same with turns for the event loop and progress by items. */
async function fit(
  clicks: SparseMatrix,
  { neighbours }: ItemCfSettings,
  { signal, onStep }: FitOptions,
): Promise<TrainedModel> {
  const turns = new Turns(signal);
  const steps = neighboursOf(clicks, neighbours);
  for (let done = 1; ; done++) {
    const step = steps.next();
    if (step.done) return itemCfModel(clicks, step.value);
    onStep?.(done, clicks.columns);
    await turns.pass();
  }
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
export const itemCfKind = checkedKind<ItemCfSettings, ModelKind<ItemCfSettings>>({
  name: 'item-cf',
  about: 'Jaccard-nearest items, no training (Sarwar et al. 2001)',
  seedless: true,
  defaults,
  synthetic: defaults,
  fit,
  load,
});
