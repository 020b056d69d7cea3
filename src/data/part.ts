/** @file A share of a number of things, in whole things. */

/** `floor(share * n)`, also where the product is a little below a whole number, as 0.29 * 100 is. */
export const partOf = (share: number, n: number): number => Math.floor(share * n + 1e-9);
