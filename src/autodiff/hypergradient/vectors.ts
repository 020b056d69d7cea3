/** @file Vectors on the host, in float64: what solvers and comparisons compute with. */

/** Float64 numbers on the host, whatever the device: sums of products lose nothing more there. */
export type Vector = Float64Array;

/** aᵀb. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

/** The Euclidean norm. */
export const norm = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));

/** a + factor b, a new vector. */
export function plus(a: ArrayLike<number>, factor: number, b: ArrayLike<number>): Vector {
  const sum = new Float64Array(a.length);
  for (let i = 0; i < sum.length; i++) sum[i] = a[i] + factor * b[i];
  return sum;
}

/** factor a, a new vector. */
export const scaled = (factor: number, a: Vector): Vector => a.map((value) => factor * value);
