/** @file `gather` and its adjoint `segmentSum`, over row numbers inverted on the host. */

import { add, int } from '../kernel/index-expression.ts';
import { define } from '../tape/primitive.ts';
import { type Shape, ShapeError, showShape } from '../tape/shape.ts';
import { indexTensor, type Tensor } from '../tape/tensor.ts';

/**
 * Which row of a table of `rows` rows each of `n` places takes, and the inverse: the places of
 * row `r` are `order[start[r]]` up to `order[start[r + 1] - 1]`. No kernel ever scatters.
 */
export type RowIndex = {
  readonly index: Tensor;
  readonly start: Tensor;
  readonly order: Tensor;
};

/** Inverts a list of row numbers; throws a ShapeError at a number outside `[0, rows)`. */
export function rowIndex(index: Int32Array, rows: number): RowIndex {
  const wrong = index.findIndex((row) => !(row >= 0 && row < rows));
  if (wrong >= 0) {
    throw new ShapeError(
      `rowIndex: expected rows 0 to ${rows - 1}, got ${index[wrong]} at position ${wrong}`,
    );
  }
  const { start, order } = invert(index, rows);
  return { index: indexTensor(index), start: indexTensor(start), order: indexTensor(order) };
}

/** Positions of each key in order, by counting: `order[start[key]…start[key + 1]]`. */
export function invert(keys: Int32Array, count: number) {
  const start = new Int32Array(count + 1);
  for (const key of keys) start[key + 1]++;
  for (let key = 0; key < count; key++) start[key + 1] += start[key];
  const next = start.slice();
  const order = new Int32Array(keys.length);
  for (let i = 0; i < keys.length; i++) order[next[keys[i]]++] = i;
  return { start, order };
}

const rowsOf = (shape: Shape, index: Shape): Shape => [...index, ...shape.slice(1)];

const gatherRows = define({
  name: 'gather',
  family: 'view',
  shape: ([x, index, start]) => {
    if (x.length === 0 || start[0] !== x[0] + 1) {
      throw new ShapeError(
        `gather: index made for ${start[0] - 1} rows does not fit a table of ${showShape(x)}`,
      );
    }
    return rowsOf(x, index);
  },
  cell: (at, [x, index]) => x.read([index.entry([at[0]], x.shape[0]), ...at.slice(1)]),
  vjp: (ct, _out, [, index, start, order]) => [
    segmentSum(ct, { index, start, order }),
    null,
    null,
    null,
  ],
  reads: () => ['many', 'once', 'never', 'never'],
});

/** Rows of a table, `[rows, …]` to `[n, …]`. */
export const gather = (x: Tensor, { index, start, order }: RowIndex): Tensor =>
  gatherRows([x, index, start, order], {});

const sumSegments = define({
  name: 'segmentSum',
  family: 'fold',
  shape: ([x, index, start]) => {
    if (x[0] !== index[0]) {
      throw new ShapeError(
        `segmentSum: index of ${index[0]} places does not fit rows of ${showShape(x)}`,
      );
    }
    return rowsOf(x, [start[0] - 1]);
  },
  cell: (at, [x, index, start, order], _attributes, fold) => {
    const n = index.shape[0];
    const [row, ...rest] = at;
    const bounds = {
      from: start.entry([row], n + 1),
      to: start.entry([add(row, int(1))], n + 1),
    };
    return fold('sum', n, (p) => x.read([order.entry([p], n), ...rest]), bounds);
  },
  vjp: (ct, _out, [, index, start, order]) => [
    gather(ct, { index, start, order }),
    null,
    null,
    null,
  ],
  reads: () => ['once', 'never', 'many', 'once'],
});

/** The adjoint of `gather`: sums the rows of `x` that share a row number, `[n, …]` to `[rows, …]`. */
export const segmentSum = (x: Tensor, { index, start, order }: RowIndex): Tensor =>
  sumSegments([x, index, start, order], {});
