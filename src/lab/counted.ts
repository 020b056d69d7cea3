/** @file Numbers of things in words. */

/** `1 step`, `2 steps` and so on. */
export const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? '' : 's'}`;
