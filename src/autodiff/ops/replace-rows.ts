/** @file `replaceRows`: replaces the rows of a table that a list of distinct numbers names. */

import { select, within } from '../kernel/expression.ts';
import { maskedShift } from '../kernel/masked-shift.ts';
import { defineIndexed } from '../tape/primitive.ts';
import { expectShape, ShapeError, sameShape, showShape } from '../tape/shape.ts';
import { expectAddresses, ownAddresses, type Tensor, tensor } from '../tape/tensor.ts';
import { full } from './constant.ts';
import { expectOneLength, gather, type RowIndex, rowIndex } from './gather.ts';

/**
 * A list of distinct rows of a table, perhaps padded. `place` holds, for each row of the table, its
 * position in the list plus 1, or 0 where the list does not name it.
 */
export type DistinctRows = RowIndex & { readonly place: Tensor; readonly named: Tensor };

/**
 * Inverts a list of distinct row numbers. A `capacity` beyond its length pads the list, so that
 * lists of different length share one plan: `gather` gives zeros at the padding, `segmentSum` and
 * `replaceRows` ignore it. Throws a ShapeError at a number that is outside
 * of `[0, rows)` or given twice, or if the capacity is too small.
 */
export function distinctRows(index: Int32Array, rows: number, capacity?: number): DistinctRows {
  expectAddresses('distinctRows', index);
  return paddedRows(index, rows, capacity ?? index.length);
}

function paddedRows(index: Int32Array, rows: number, capacity: number): DistinctRows {
  expectShape('distinctRows: capacity', [capacity]);
  if (capacity < index.length) {
    throw new ShapeError(`distinctRows: capacity ${capacity} is below the ${index.length} rows`);
  }
  const { start, order } = rowIndex(index, rows);
  const place = new Int32Array(rows);
  index.forEach((row, i) => {
    if (place[row] > 0) {
      throw new ShapeError(
        `distinctRows: row ${row} stands at position ${place[row] - 1} and again at ${i}`,
      );
    }
    place[row] = i + 1;
  });
  const padded = (numbers: Int32Array) => {
    const all = new Int32Array(capacity);
    all.set(numbers);
    return ownAddresses(all);
  };
  return {
    index: padded(index),
    start,
    order: padded(hostNumbers(order)),
    place: ownAddresses(place),
    named: tensor(new Float32Array(capacity).fill(1, 0, index.length)),
  };
}

/** How many rows a list names, without its padding. */
export const namedRows = ({ start, place }: DistinctRows): number => hostNumbers(start)[place.size];

function hostNumbers({ value }: Tensor): Int32Array {
  if (value && 'host' in value && value.host instanceof Int32Array) return value.host;
  throw new ShapeError(
    'expected an index as distinctRows made it, on the host: one that went through a device does ' +
      'not say how many rows it names',
  );
}

const replace = defineIndexed({
  name: 'replaceRows',
  family: 'view',
  inputs: ['table', 'rows'],
  index: ['index', 'start', 'order', 'place', 'named'],
  weights: ['named'],
  reads: { table: 'once', rows: 'many', place: 'once' },
  shape: ({ table, rows, index, start, named }) => {
    expectOneLength('replaceRows', { index, named });
    const fits = start[0] === table[0] + 1 && sameShape(rows, [index[0], ...table.slice(1)]);
    if (table.length === 0 || !fits) {
      throw new ShapeError(
        `replaceRows: ${index[0]} of ${start[0] - 1} rows do not fit a table of ` +
          `${showShape(table)} and new rows of ${showShape(rows)}`,
      );
    }
    return table;
  },
  cell: (position, { table, rows, place }) => {
    const count = rows.shape[0];
    const found = place.entry([position[0]], count + 1);
    const replaced = rows.read([maskedShift(found, -1, count), ...position.slice(1)]);
    return select(within(found, 1, count + 1), replaced, table.read(position));
  },
  vjp: (ct, { rows }, index) => ({
    table: replaceRows(ct, index, full(rows.shape, 0)),
    rows: gather(ct, index),
  }),
});

/**
 * The table with its row `index[i]` replaced by row `i` of `rows`, `[rows, …]` and `[n, …]` to
 * `[rows, …]`. Throws a ShapeError if the shapes do not fit.
 */
export const replaceRows = (table: Tensor, index: DistinctRows, rows: Tensor): Tensor =>
  replace({ table, rows }, index);
