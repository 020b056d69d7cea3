/** @file How a kernel tells a finite number from an infinite one: by its logarithm. */

/** More than the logarithm of any finite f64, because kernels cannot compare with infinity. */
export const largestLog = 710;
