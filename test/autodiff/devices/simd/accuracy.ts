/** @file What the `simd` device promises of each operation. */

import { type Accuracy, ieee } from '../bounded.ts';

/** Arithmetic is rounded correctly; of the functions, tanh and expm1 may be more than one ulp off. */
export const simdAccuracy: Accuracy = {
  ...ieee,
  expm1: (_x, v) => 3.2 * 2 ** -24 * Math.abs(v),
  tanh: (v) => 2.6 * 2 ** -24 * Math.abs(v),
};

/**
 * The bound follows the partial sums of one number after the other. Where terms cancel, the
 * partial sums of lanes are larger, by a few times for the short sums that this is used for.
 */
export const reordered: Accuracy = { ...simdAccuracy, sum: 8 };
