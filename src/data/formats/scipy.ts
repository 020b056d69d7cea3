/** @file The format `npz`: a sparse matrix of SciPy, users by items, by number. */

import { UserError } from '../../errors.ts';
import { rowOf } from '../sparse.ts';
import type { InteractionFormat } from './format.ts';
import { npzOf } from './npz-bytes.ts';
import { readNpz } from './sparse-npz.ts';

/** A csr matrix; an entry that is not 0 is a click, its value a rating. */
export const npz: InteractionFormat = {
  about: 'SciPy sparse .npz (csr), users by items',
  sniff: ([first]) => first.startsWith('PK\u0003\u0004'),
  read: async (path, options, rows) => {
    if (options.times) throw new UserError(`${path}: npz has no times: choose another split`);
    const matrix = await readNpz(path);
    for (let row = 0; row < matrix.rows; row++) {
      rowOf(matrix, row).forEach((column, i) => {
        rows.add(`${row}`, `${column}`, 1, `${matrix.values[matrix.indptr[row] + i]}`);
      });
    }
    return `csr matrix, ${matrix.rows} x ${matrix.columns}; users and items by number`;
  },
  writer: {
    numbered: true,
    fakesFromZero: true,
    fileName: (part) => `${part}.npz`,
    contents: ({ clicks }) => npzOf(clicks),
  },
};
