/** @file The mean over seeds, and how far it is known. */

/** The 97.5th percentiles of Student's t distribution with 1, 2, … 30 degrees of freedom. */
const quantiles = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
  2.045, 2.042,
];

/** A mean with its 95 % interval. */
export interface Estimate {
  readonly mean: number;
  /** Half of the 95 % interval by Student's t distribution; NaN of a single value. */
  readonly margin: number;
  /** The standard deviation, with n - 1; NaN of a single value. */
  readonly deviation: number;
  readonly count: number;
}

/** The mean of independent values, such as those of several seeds; null if there is none. */
export function estimate(values: readonly number[]): Estimate | null {
  const count = values.length;
  if (count === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = count > 1 ? Math.sqrt(squares / (count - 1)) : Number.NaN;
  // Beyond the table the normal distribution's is at most 4 % too small.
  const quantile = quantiles[count - 2] ?? 1.96;
  return { mean, margin: (quantile * deviation) / Math.sqrt(count), deviation, count };
}
