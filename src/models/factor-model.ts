/** @file Trained models whose scores are inner products: the product of two tables of factors. */

import {
  compile,
  type Device,
  type RowIndex,
  readAll,
  release,
  rowIndex,
  tensor,
} from '../autodiff/index.ts';
import { arrayOf, type NamedArrays } from '../data/named-arrays.ts';
import type { SparseMatrix } from '../data/sparse.ts';
import { type Factors, scoresOf } from './model.ts';
import type { TrainedModel } from './trained-model.ts';

/** Takes over factors that are computed: `release` gives them back. */
export function factorModel(factors: Factors, device: Device): TrainedModel {
  const [users, items] = [factors.users.shape[0], factors.items.shape[0]];
  const score = compile((at: Factors, rows: RowIndex) => scoresOf(at, rows), { device });
  return {
    users,
    items,
    scores: async (rows) => {
      const scores = await score(factors, rowIndex(rows, users));
      const [numbers] = await readAll(scores, { device });
      release(scores);
      return numbers as Float32Array | Float64Array;
    },
    arrays: async () => {
      const [u, i] = await readAll([factors.users, factors.items], { device });
      return {
        users: { shape: factors.users.shape, data: u },
        items: { shape: factors.items.shape, data: i },
      };
    },
    release: () => release(factors),
  };
}

/** `load` of kinds that are factor models; factors are of any length that both share. */
export function loadFactorModel(
  clicks: SparseMatrix,
  _settings: unknown,
  arrays: NamedArrays,
  device: Device,
): TrainedModel {
  const counts = { users: clicks.rows, items: clicks.columns };
  const length = arrays.items?.shape[1] ?? 0;
  const table = (name: 'users' | 'items') => {
    const shape = [counts[name], length];
    return tensor(arrayOf(arrays, name, shape), shape);
  };
  // The items first: an error is to name the table that is missing.
  const itemFactors = table('items');
  return factorModel({ users: table('users'), items: itemFactors }, device);
}
