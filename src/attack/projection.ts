/** @file Projections of relaxed fake users onto clicks, row by row. */

import { UserError } from '../errors.ts';

/** `threshold`: 1 where x > rho, else 0. `top`: the `clicks` largest entries of a user become 1. */
export type Projection =
  | { readonly kind: 'threshold'; readonly rho: number }
  | { readonly kind: 'top'; readonly clicks: number };

/** Throws a UserError unless `top` asks for 1 to `items` clicks. */
export function checkProjection(projection: Projection, items: number): void {
  if (projection.kind === 'threshold') return;
  const { clicks } = projection;
  if (Number.isInteger(clicks) && clicks >= 1 && clicks <= items) return;
  throw new UserError(`projection: expected 1 to ${items} clicks per fake user, got ${clicks}`);
}

/**
 * Projects `[users, items]`, row-major, in place. Ties of `top` go to the lower item number. Throws
 * a UserError unless `top` asks for 1 to `items` clicks.
 */
export function project(x: Float64Array, items: number, projection: Projection): void {
  checkProjection(projection, items);
  if (projection.kind === 'threshold') {
    for (let i = 0; i < x.length; i++) x[i] = x[i] > projection.rho ? 1 : 0;
    return;
  }
  for (let start = 0; start < x.length; start += items) {
    clickLargest(x.subarray(start, start + items), projection.clicks);
  }
}

/** Of the entries that equal the last one to be clicked, the first are clicked. */
function clickLargest(row: Float64Array, clicks: number): void {
  const least = row.slice().sort()[row.length - clicks];
  let ties = clicks - row.reduce((above, x) => above + (x > least ? 1 : 0), 0);
  for (let item = 0; item < row.length; item++) {
    row[item] = row[item] > least || (row[item] === least && ties-- > 0) ? 1 : 0;
  }
}
