/** @file Projections of relaxed fake users onto clicks, row by row. */

import { UserError } from '../errors.ts';
import type { Budget } from './budget.ts';
import type { GenuineRange } from './genuine-range.ts';

/**
 * `threshold`: 1 where x > rho, else 0, of which the `most` largest of each fake user are kept.
 * `top`: the `clicks` largest entries of a user become 1; of a list, one number a fake user.
 */
export type Projection =
  | (Inconspicuous & {
      readonly kind: 'threshold';
      readonly rho: number;
      readonly most?: Int32Array;
    })
  | (Inconspicuous & { readonly kind: 'top'; readonly clicks: number | Int32Array });

/** Where the clicks are moved to afterwards. */
interface Inconspicuous {
  readonly range?: GenuineRange;
}

/** Throws a UserError unless `top` asks for 1 to `items` clicks. */
export function checkProjection(projection: Projection, items: number): void {
  if (projection.kind === 'threshold') return;
  const { clicks } = projection;
  const wrong = (typeof clicks === 'number' ? [clicks] : [...clicks]).find(
    (n) => !(Number.isInteger(n) && n >= 1 && n <= items),
  );
  if (wrong === undefined) return;
  throw new UserError(`projection: expected 1 to ${items} clicks per fake user, got ${wrong}`);
}

/**
 * The projection that words name, within a budget, of fake users over so many items: `threshold:0.05`
 * or `top`. Throws a UserError for other words.
 */
export function projectionOf(words: string, { lengths }: Budget, items: number): Projection {
  const most = lengths.map((length) => Math.min(length, items));
  if (words === 'top') return { kind: 'top', clicks: most };
  const [, rho] = /^threshold:([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)$/i.exec(words) ?? [];
  if (rho !== undefined && Number.isFinite(Number(rho))) {
    return { kind: 'threshold', rho: Number(rho), most };
  }
  throw new UserError(
    `projection: expected threshold:0.05, or top for as many clicks as --clicks allows, got ${words}`,
  );
}

/**
 * Projects `[users, items]`, row-major, in place; the first row is fake user `first`. Ties go to the
 * lower item number. Throws a UserError unless `top` asks for 1 to `items` clicks.
 */
export function project(x: Float64Array, items: number, projection: Projection, first = 0): void {
  checkProjection(projection, items);
  for (let start = 0, fake = first; start < x.length; start += items, fake++) {
    const row = x.subarray(start, start + items);
    const values = projection.range && row.slice();
    const most = mostOf(projection, fake, items);
    if (projection.kind === 'threshold') clickAbove(row, projection.rho, most);
    else clickLargest(row, most);
    if (values) projection.range?.bring(values, row, most);
  }
}

function mostOf(projection: Projection, fake: number, items: number): number {
  if (projection.kind === 'threshold') return projection.most?.[fake] ?? items;
  const { clicks } = projection;
  return typeof clicks === 'number' ? clicks : clicks[fake];
}

function clickAbove(row: Float64Array, rho: number, most: number): void {
  const above = row.reduce((count, x) => count + (x > rho ? 1 : 0), 0);
  if (above > most) clickLargest(row, most);
  else for (let item = 0; item < row.length; item++) row[item] = row[item] > rho ? 1 : 0;
}

/** Of the entries that equal the last one to be clicked, the first are clicked. */
function clickLargest(row: Float64Array, clicks: number): void {
  const least = row.slice().sort()[row.length - clicks];
  let ties = clicks - row.reduce((above, x) => above + (x > least ? 1 : 0), 0);
  for (let item = 0; item < row.length; item++) {
    row[item] = row[item] > least || (row[item] === least && ties-- > 0) ? 1 : 0;
  }
}
