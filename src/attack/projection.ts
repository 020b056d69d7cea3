/** @file Projections of relaxed fake users onto clicks, row by row. */

import { UserError } from '../errors.ts';

/** `threshold`: 1 where x > rho, else 0. `top`: the `clicks` largest entries of a user become 1. */
export type Projection =
  | { readonly kind: 'threshold'; readonly rho: number }
  | { readonly kind: 'top'; readonly clicks: number };

/**
 * Projects `[users, items]`, row-major, in place. Ties of `top` go to the lower item number. Throws
 * a UserError unless `top` asks for 1 to `items` clicks.
 */
export function project(x: Float64Array, items: number, projection: Projection): void {
  if (projection.kind === 'threshold') {
    for (let i = 0; i < x.length; i++) x[i] = x[i] > projection.rho ? 1 : 0;
    return;
  }
  const { clicks } = projection;
  if (!Number.isInteger(clicks) || clicks < 1 || clicks > items) {
    throw new UserError(`projection: expected 1 to ${items} clicks per fake user, got ${clicks}`);
  }
  for (let start = 0; start < x.length; start += items) {
    const row = x.subarray(start, start + items);
    const order = Int32Array.from(row, (_, item) => item);
    order.sort((a, b) => row[b] - row[a] || a - b);
    row.fill(0);
    for (const item of order.subarray(0, clicks)) row[item] = 1;
  }
}
