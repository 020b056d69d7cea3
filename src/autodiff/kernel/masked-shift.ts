/** @file The address of a read that is masked, which primitives of users' own cannot make. */

import { clampedShift, type Index } from './index-expression.ts';

/**
 * `x + by` clamped to `[0, extent)`, for a read whose result is left out where that differs from
 * `x + by`: a device may read any cell there, so that it loads neighbours at once.
 */
export function maskedShift(x: Index, by: number, extent: number): Index {
  const shifted = clampedShift(x, by, extent);
  return shifted.kind === 'clampedShift' && shifted !== x ? { ...shifted, masked: true } : shifted;
}
