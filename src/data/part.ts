/** @file A share of a number of things, in whole things. */

/**
 * `floor(share * n)`, also where the product is a little below a whole number, as 0.29 * 100 is: the
 * share and the product are rounded once each, by 2^-53. A share below 1 is never all.
 */
export function partOf(share: number, n: number): number {
  const part = Math.floor(share * n * (1 + 2 ** -51));
  return share < 1 ? Math.max(0, Math.min(part, n - 1)) : part;
}
