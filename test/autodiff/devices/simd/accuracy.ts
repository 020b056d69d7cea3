/** @file What the `simd` device promises of each operation. */

import { type Accuracy, ieee } from '../bounded.ts';

/**
 * Arithmetic is rounded correctly; of the functions, tanh and expm1 may be more than one ulp off.
 * Sums are added by lanes and by threads.
 */
export const simdAccuracy: Accuracy = {
  ...ieee,
  anyOrder: true,
  expm1: (_x, v) => 3.2 * 2 ** -24 * Math.abs(v),
  tanh: (v) => 2.6 * 2 ** -24 * Math.abs(v),
};
