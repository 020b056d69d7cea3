/** @file `gather` and its adjoint `segmentSum`, over row numbers inverted on the host. */

import { add, int } from '../kernel/index-expression.ts';
import { defineIndexed } from '../tape/primitive.ts';
import { expectShape, type Shape, ShapeError, showShape } from '../tape/shape.ts';
import { expectAddresses, ownAddresses, type Tensor } from '../tape/tensor.ts';
import { full } from './constant.ts';
import { where } from './elementwise.ts';
import { broadcastTo } from './reduce.ts';
import { reshape } from './view.ts';

/**
 * Row numbers of a table, and their inverse, so that no kernel ever scatters: position `i` of the
 * result takes row `index[i]`, and row `r` is taken by the positions `order[start[r]]` up to
 * `order[start[r + 1] - 1]`. Of an index with padding, `named` is 1 at the positions that take a row
 * and 0 at the padding, which no row is taken by.
 */
export type RowIndex = {
  readonly index: Tensor;
  readonly start: Tensor;
  readonly order: Tensor;
  readonly named?: Tensor;
};

/** Inverts a list of row numbers; throws a ShapeError at one that is no whole number below `rows`. */
export function rowIndex(index: Int32Array, rows: number): RowIndex {
  expectShape('rowIndex: the number of rows', [rows]);
  const list = expectAddresses('rowIndex', index).slice();
  const wrong = list.findIndex((row) => !(row >= 0 && row < rows));
  if (wrong >= 0) {
    throw new ShapeError(
      `rowIndex: expected rows 0 to ${rows - 1}, got ${list[wrong]} at position ${wrong}`,
    );
  }
  const { start, order } = invert(list, rows);
  return { index: ownAddresses(list), start: ownAddresses(start), order: ownAddresses(order) };
}

/**
 * The positions of each key below `count`, ascending, by counting: `order[start[key]…]`, padded
 * with zeros to `size`.
 */
export function invert(keys: Int32Array, count: number, size = keys.length) {
  const start = new Int32Array(count + 1);
  for (const key of keys) start[key + 1]++;
  for (let key = 0; key < count; key++) start[key + 1] += start[key];
  const next = start.slice();
  const order = new Int32Array(size);
  for (let i = 0; i < keys.length; i++) order[next[keys[i]]++] = i;
  return { start, order };
}

/** Throws a ShapeError that names two lists of an index that are not of one length. */
export function expectOneLength(op: string, lists: { readonly [name: string]: Shape }): void {
  const [[first, { length: rank, 0: count }], ...others] = Object.entries(lists);
  const other = others.find(([, shape]) => shape.length !== 1 || shape[0] !== count);
  if (rank === 1 && !other) return;
  const shown = ([name, shape]: readonly [string, Shape]) => `${name} ${showShape(shape)}`;
  throw new ShapeError(
    `${op}: the index has ${shown([first, lists[first]])} and ${shown(other ?? others[0])}, which ` +
      'one call did not make: take all of its fields from one rowIndex, distinctRows or sparsePattern',
  );
}

/** As `expectOneLength`, of a list that is empty where nothing is padded. */
export function expectPadding(op: string, lists: { readonly [name: string]: Shape }): void {
  const { named } = lists;
  if (named.length !== 1 || named[0] > 0) expectOneLength(op, lists);
}

/** `x` with zeros in its rows of padding, so that what is computed there has no derivative either. */
export function withoutPadding(x: Tensor, named?: Tensor): Tensor {
  if (!named || named.size === 0) return x;
  const perRow = x.shape.map((n, axis) => (axis === 0 ? n : 1));
  return where(broadcastTo(reshape(named, perRow), x.shape), x, full(x.shape, 0));
}

/** Shape of a table with its rows replaced by those of `index`. */
const withRows = (table: Shape, index: Shape): Shape => [...index, ...table.slice(1)];

const gatherRows = defineIndexed({
  name: 'gather',
  family: 'view',
  inputs: ['x'],
  index: ['index', 'start', 'order', 'named'],
  weights: ['named'],
  reads: { x: 'many', index: 'once' },
  shape: ({ x, index, start, order, named }) => {
    expectOneLength('gather', { index, order });
    expectPadding('gather', { index, named });
    if (x.length === 0 || start[0] !== x[0] + 1) {
      throw new ShapeError(
        `gather: index made for ${start[0] - 1} rows does not fit a table of ${showShape(x)}`,
      );
    }
    return withRows(x, index);
  },
  cell: (position, { x, index }) =>
    x.read([index.entry([position[0]], x.shape[0]), ...position.slice(1)]),
  vjp: (ct, _inputs, index) => ({ x: segmentSum(ct, index) }),
});

/**
 * Rows of a table, `[rows, …]` to `[n, …]`, and zeros at the padding of an index. Throws a ShapeError
 * for an index of other rows.
 */
export const gather = (x: Tensor, index: RowIndex): Tensor =>
  withoutPadding(gatherRows({ x }, index), index.named);

const sumSegments = defineIndexed({
  name: 'segmentSum',
  family: 'fold',
  inputs: ['x'],
  index: ['index', 'start', 'order', 'named'],
  weights: ['named'],
  reads: { x: 'once', start: 'many', order: 'once' },
  shape: ({ x, index, start, order, named }) => {
    expectOneLength('segmentSum', { index, order });
    expectPadding('segmentSum', { index, named });
    if (x[0] !== index[0]) {
      throw new ShapeError(
        `segmentSum: index of ${index[0]} places does not fit rows of ${showShape(x)}`,
      );
    }
    return withRows(x, [start[0] - 1]);
  },
  cell: ([row, ...rest], { x, start, order }, fold) => {
    const n = order.shape[0];
    const bounds = {
      from: start.entry([row], n + 1),
      to: start.entry([add(row, int(1))], n + 1),
    };
    return fold('sum', n, (p) => x.read([order.entry([p], n), ...rest]), bounds);
  },
  vjp: (ct, _inputs, index) => ({ x: gather(ct, index) }),
});

/**
 * The adjoint of `gather`: sums the rows of `x` that share a row number, `[n, …]` to `[rows, …]`,
 * without those at the padding of an index. Throws a ShapeError for an index of another length.
 */
export const segmentSum = (x: Tensor, index: RowIndex): Tensor => sumSegments({ x }, index);
