/** @file `replaceRows`: rows of a table that are named by distinct numbers, replaced. */

import { select, within } from '../kernel/expression.ts';
import { shift } from '../kernel/index-expression.ts';
import { define } from '../primitive.ts';
import { ShapeError, sameShape, showShape } from '../shape.ts';
import { indexTensor, type Tensor } from '../tensor.ts';
import { full } from './constant.ts';
import { gather, type RowIndex, rowIndex } from './gather.ts';

/** Distinct rows of a table; `place` holds for each of its rows the place that takes it plus 1, or 0. */
export type DistinctRows = RowIndex & { readonly place: Tensor };

/**
 * Inverts a list of distinct row numbers; throws a ShapeError at a number that is outside of
 * `[0, rows)` or stands twice.
 */
export function distinctRows(index: Int32Array, rows: number): DistinctRows {
  const inverse = rowIndex(index, rows);
  const place = new Int32Array(rows);
  index.forEach((row, at) => {
    if (place[row] > 0) {
      throw new ShapeError(
        `distinctRows: row ${row} stands at position ${place[row] - 1} and again at ${at}`,
      );
    }
    place[row] = at + 1;
  });
  return { ...inverse, place: indexTensor(place) };
}

const replace = define({
  name: 'replaceRows',
  family: 'view',
  shape: ([table, rows, index, start]) => {
    const fits = start[0] === table[0] + 1 && sameShape(rows, [index[0], ...table.slice(1)]);
    if (table.length === 0 || !fits) {
      throw new ShapeError(
        `replaceRows: ${index[0]} of ${start[0] - 1} rows do not fit a table of ` +
          `${showShape(table)} and new rows of ${showShape(rows)}`,
      );
    }
    return table;
  },
  cell: (at, [table, rows, , , , place]) => {
    const count = rows.shape[0];
    const found = place.entry([at[0]], count + 1);
    const replaced = rows.read([shift(found, -1, count), ...at.slice(1)]);
    return select(within(found, 1, count + 1), replaced, table.read(at));
  },
  vjp: (ct, _out, [, rows, index, start, order, place]) => {
    const at = { index, start, order, place };
    return [replaceRows(ct, at, full(rows.shape, 0)), gather(ct, at), null, null, null, null];
  },
  reads: () => ['once', 'many', 'never', 'never', 'never', 'once'],
});

/**
 * The table with its row `index[i]` replaced by row `i` of `rows`, `[rows, …]` and `[n, …]` to
 * `[rows, …]`. Throws a ShapeError if the shapes do not fit.
 */
export const replaceRows = (
  table: Tensor,
  { index, start, order, place }: DistinctRows,
  rows: Tensor,
): Tensor => replace([table, rows, index, start, order, place], {});
