/** @file The clicks of fake users, a bit each: what an attack holds of them between iterations. */

import { tensor } from '../autodiff/index.ts';
import type { SparseMatrix } from '../data/sparse.ts';
import { UserError } from '../errors.ts';
import type { Poison } from '../models/index.ts';

/**
 * Clicks `[rows, columns]`, row-major: cell `c` is bit `c % 8`, the lowest first, of byte
 * `floor(c / 8)`. A column is a candidate: an item that fake users may click.
 */
export interface Clicks {
  readonly rows: number;
  readonly columns: number;
  readonly bits: Uint8Array;
}

/** The bytes that clicks of this size take. */
export const bytesOfClicks = (rows: number, columns: number): number =>
  Math.ceil((rows * columns) / 8);

const noClicks = (rows: number, columns: number): Clicks => ({
  rows,
  columns,
  bits: new Uint8Array(bytesOfClicks(rows, columns)),
});

/** Whether a cell is clicked. */
export const isClicked = ({ bits }: Clicks, cell: number): boolean =>
  ((bits[Math.floor(cell / 8)] >> (cell % 8)) & 1) === 1;

/** Clicks a cell, or takes the click back. */
export function setClick({ bits }: Clicks, cell: number, clicked: boolean): void {
  const bit = 1 << (cell % 8);
  if (clicked) bits[Math.floor(cell / 8)] |= bit;
  else bits[Math.floor(cell / 8)] &= ~bit;
}

/** How many cells are clicked. */
export function countClicks({ bits }: Clicks): number {
  let clicked = 0;
  for (let byte of bits) for (; byte > 0; byte &= byte - 1) clicked++;
  return clicked;
}

/** A copy that shares nothing. */
export const copyClicks = (clicks: Clicks): Clicks => ({ ...clicks, bits: clicks.bits.slice() });

/** 0 and 1 of all cells, row-major. */
export function denseClicks(clicks: Clicks): Float32Array {
  const dense = new Float32Array(clicks.rows * clicks.columns);
  for (let cell = 0; cell < dense.length; cell++) dense[cell] = isClicked(clicks, cell) ? 1 : 0;
  return dense;
}

/** The fake users `[rows, columns]` as inputs of a training. */
export const poisonOf = (fakes: Clicks): Poison => ({
  fakes: tensor(denseClicks(fakes), [fakes.rows, fakes.columns]),
});

/**
 * The clicks of users on the candidates, which ascend; by default on all items. Clicks on other
 * items are left out. Throws a UserError for an entry that is not 1.
 */
export function clicksOf(users: SparseMatrix, candidates?: Int32Array): Clicks {
  const { rows, columns, indptr, indices, values } = users;
  const column = positions(candidates, columns);
  const clicks = noClicks(rows, candidates?.length ?? columns);
  for (let row = 0; row < rows; row++) {
    for (let e = indptr[row]; e < indptr[row + 1]; e++) {
      if (values[e] !== 1) {
        throw new UserError(
          `fake user ${row}: expected clicks of 1, got ${values[e]} on item ${indices[e]}: ` +
            'project the fake users first',
        );
      }
      const at = column(indices[e]);
      if (at >= 0) setClick(clicks, row * clicks.columns + at, true);
    }
  }
  return clicks;
}

/** The column of each item among candidates, or -1. */
export function positions(
  candidates: Int32Array | undefined,
  items: number,
): (item: number) => number {
  if (!candidates) return (item) => item;
  const columns = new Int32Array(items).fill(-1);
  candidates.forEach((item, column) => {
    columns[item] = column;
  });
  return (item) => columns[item];
}

/** The clicks as a matrix over all `items`, of which the columns are the candidates. */
export function matrixOf(clicks: Clicks, items: number, candidates?: Int32Array): SparseMatrix {
  const { rows, columns } = clicks;
  const count = countClicks(clicks);
  const indptr = new Int32Array(rows + 1);
  const indices = new Int32Array(count);
  let entry = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (isClicked(clicks, row * columns + column))
        indices[entry++] = candidates?.[column] ?? column;
    }
    indptr[row + 1] = entry;
  }
  return { rows, columns: items, indptr, indices, values: new Float64Array(count).fill(1) };
}

/**
 * The items that fake users are held to, ascending: the targets, then the most clicked, the lower
 * number of equal ones, `count` in all; undefined if that is every item. Throws a UserError if the
 * targets are more.
 */
export function candidatesOf(
  popularity: ArrayLike<number>,
  targets: readonly number[],
  count: number,
): Int32Array | undefined {
  if (count >= popularity.length) return undefined;
  if (count < targets.length) {
    throw new UserError(
      `candidates: expected at least the ${targets.length} targets, got ${count}: raise it`,
    );
  }
  const isTarget = new Set(targets);
  const order = Int32Array.from({ length: popularity.length }, (_, item) => item);
  const others = order.filter((item) => !isTarget.has(item));
  others.sort((a, b) => popularity[b] - popularity[a] || a - b);
  return Int32Array.from([...isTarget, ...others.subarray(0, count - isTarget.size)]).sort();
}
