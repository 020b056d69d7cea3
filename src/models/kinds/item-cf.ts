/** @file `item-cf`: the items nearest to those that a user clicked. */

import { arrayOf, type NamedArrays } from '../../data/named-arrays.ts';
import { checkParts, type SparseMatrix } from '../../data/sparse.ts';
import { nearestItems, neighbourScores } from '../item-cf.ts';
import type { ModelKind, TrainedModel } from '../trained-model.ts';

export type ItemCfSettings = { readonly neighbours: number };

const defaults: ItemCfSettings = { neighbours: 50 };

/** The arrays are those of `nearest` in SciPy's names; users are known by their clicks. */
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

export const itemCf: ModelKind<ItemCfSettings> = {
  name: 'item-cf',
  about: 'Jaccard-nearest items, no training (Sarwar et al. 2001)',
  defaults,
  synthetic: defaults,
  fit: async (clicks, { neighbours }) => itemCfModel(clicks, nearestItems(clicks, neighbours)),
  load,
};
