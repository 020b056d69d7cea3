/** @file The mean over seeds, and how far it is known: Student's interval around it. */

/** A mean with its 95 % interval, from `mean - margin` to `mean + margin`. */
export interface Estimate {
  readonly mean: number;
  /** Half the width of the interval; NaN of a single value. */
  readonly margin: number;
  /** The standard deviation, with n - 1; NaN of a single value. */
  readonly deviation: number;
  readonly count: number;
}

/**
 * The mean of independent values, such as those of several seeds, with Student's interval, which
 * takes them as normal: t(0.975, n - 1) times the standard error. Null if there is no value.
 */
export function estimate(values: readonly number[]): Estimate | null {
  const count = values.length;
  if (count === 0) return null;
  const mean = values.reduce((sum, x) => sum + x, 0) / count;
  if (count === 1) return { mean, margin: Number.NaN, deviation: Number.NaN, count };
  const squares = values.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (count - 1));
  const margin = (studentQuantile(count - 1) * deviation) / Math.sqrt(count);
  return { mean, margin, deviation, count };
}

/**
 * The number t for which |T| < t has probability `within`, of T with Student's distribution of
 * `degrees` degrees of freedom, a whole number from 1. Bisection of the closed form in the angle
 * atan(t / sqrt(degrees)), of which the probability is a finite sum (Abramowitz & Stegun 1964,
 * 26.7.3 and 26.7.4).
 */
export function studentQuantile(degrees: number, within = 0.95): number {
  let [low, high] = [0, Math.PI / 2];
  for (let halving = 0; halving < 64; halving++) {
    const middle = (low + high) / 2;
    if (probability(middle, degrees) < within) low = middle;
    else high = middle;
  }
  return Math.sqrt(degrees) * Math.tan((low + high) / 2);
}

/** The probability that |T| is less than sqrt(degrees) times the tangent of the angle. */
function probability(angle: number, degrees: number): number {
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const odd = degrees % 2 === 1;
  // The sum of powers of the cosine, each with the ratio of its coefficient to the one before.
  let term = odd ? cosine : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let power = odd ? 3 : 2; power <= degrees - 2; power += 2) {
    term *= ((power - 1) / power) * cosine ** 2;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}
