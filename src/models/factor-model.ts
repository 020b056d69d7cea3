/** @file Trained models whose scores are the product of two tables of factors. */

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
import type { TrainedModel } from './kind.ts';
import { type Factors, scoresOf } from './recommender.ts';

/** A model that owns these computed factors: its `release` frees them. */
export function factorModel(factors: Factors, device: Device): TrainedModel {
  const [users, items] = [factors.users.shape[0], factors.items.shape[0]];
  const score = compile((tables: Factors, rows: RowIndex) => scoresOf(tables, rows), { device });
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

/** `load` of kinds that are factor models; `width` is the length of a row by the settings. */
export const loadFactorModel =
  <S>(width: (settings: S) => number) =>
  (clicks: SparseMatrix, settings: S, arrays: NamedArrays, device: Device): TrainedModel => {
    const table = (name: 'users' | 'items', rows: number) => {
      const shape = [rows, width(settings)];
      return tensor(arrayOf(arrays, name, shape), shape);
    };
    const items = table('items', clicks.columns);
    return factorModel({ users: table('users', clicks.rows), items }, device);
  };
