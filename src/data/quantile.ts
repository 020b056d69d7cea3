/** @file Quantiles by linear interpolation. */

/**
 * The value of ascending numbers at a position between two of them, by linear interpolation. The
 * p-quantile as NumPy computes it by default is that at (n - 1) p.
 */
export function valueAt(ascending: ArrayLike<number>, position: number): number {
  const low = Math.floor(position);
  const high = Math.min(low + 1, ascending.length - 1);
  return ascending[low] + (position - low) * (ascending[high] - ascending[low]);
}
