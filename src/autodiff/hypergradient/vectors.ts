/** @file Vectors on the host, in float64: what solvers and comparisons compute with. */

/** Float64 numbers on the host, whatever the device: sums of products lose nothing more there. */
export type Vector = Float64Array;

/** aᵀb. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

/** Whether a sum of squares has lost no digits, as squares below 1e-308 do, and is not infinite. */
export const isOrdinary = (square: number): boolean => square > 1e-240 && square < 1e240;

/**
 * A power of two that brings the largest entry of a vector near 1: squares and products of what it
 * scales neither overflow nor vanish, and round as they would unscaled.
 */
export function unitOf(a: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]));
  return 2 ** Math.max(-1023, Math.min(1023, -Math.floor(Math.log2(largest))));
}

/** The Euclidean norm, of entries of any size. */
export function norm(a: ArrayLike<number>): number {
  const square = dot(a, a);
  if (isOrdinary(square)) return Math.sqrt(square);
  const unit = unitOf(a);
  const numbers = scaled(unit, a);
  return Math.sqrt(dot(numbers, numbers)) / unit;
}

/** a + factor b, a new vector. */
export function plus(a: ArrayLike<number>, factor: number, b: ArrayLike<number>): Vector {
  const sum = new Float64Array(a.length);
  for (let i = 0; i < sum.length; i++) sum[i] = a[i] + factor * b[i];
  return sum;
}

/** factor a, a new vector. */
export function scaled(factor: number, a: ArrayLike<number>): Vector {
  const result = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) result[i] = factor * a[i];
  return result;
}
