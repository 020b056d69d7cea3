/** @file Exact confidence bounds of a probability from a count (Clopper & Pearson 1934). */

/** One-sided bounds of a probability for an event seen `count` times. */
export interface Bounds {
  lower(count: number): number;
  upper(count: number): number;
}

/** log i! for i from 0 to n, each to its last digit: what the sum loses is carried along. */
function logFactorials(n: number): Float64Array {
  const logs = new Float64Array(n + 1);
  let lost = 0;
  for (let i = 2; i <= n; i++) {
    const term = Math.log(i) + lost;
    logs[i] = logs[i - 1] + term;
    lost = term - (logs[i] - logs[i - 1]);
  }
  return logs;
}

/**
 * The bounds of Clopper & Pearson 1934 for `trials` independent trials: each is wrong with
 * probability at most `alpha`, a number below 1/2. `lower(k)` is the p at which k or more events
 * have probability alpha, the quantile alpha of Beta(k, trials - k + 1), and `upper(k)` mirrors it.
 */
export function clopperPearson(trials: number, alpha: number): Bounds {
  const logs = logFactorials(trials);
  const known = new Map<number, number>();
  /** P(X >= k) for X of Binomial(trials, p), at p < k / trials: terms that fall from the first on. */
  const tail = (k: number, p: number): number => {
    const choices = logs[trials] - logs[k] - logs[trials - k];
    let term = Math.exp(choices + k * Math.log(p) + (trials - k) * Math.log1p(-p));
    let sum = term;
    for (let j = k + 1; j <= trials && term > sum * 1e-17; j++) {
      term *= ((trials - j + 1) / j) * (p / (1 - p));
      sum += term;
    }
    return sum;
  };
  const solve = (k: number): number => {
    if (k === 0) return 0;
    // At k / trials the tail is about a half, above alpha.
    let [low, high] = [0, k / trials];
    for (let halving = 0; halving < 100; halving++) {
      const middle = (low + high) / 2;
      if (middle === low || middle === high) break;
      if (tail(k, middle) < alpha) low = middle;
      else high = middle;
    }
    return low;
  };
  const lower = (k: number): number => {
    const bound = known.get(k) ?? solve(k);
    known.set(k, bound);
    return bound;
  };
  return { lower, upper: (k) => 1 - lower(trials - k) };
}
