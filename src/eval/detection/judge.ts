/** @file What scores are worth: measures with bootstrap intervals, and what acting on them costs. */

import { random } from '../../data/portable.ts';
import {
  averagePrecision,
  detectionAt,
  precisionAt,
  rocAuc,
  type Scored,
  type Tie,
  tiesOf,
} from './roc.ts';

/** A measure, and the bounds between which it lies in 95 % of the bootstrap samples. */
export interface BootstrapInterval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The measures of scores. */
export interface Judgement {
  readonly rocAuc: BootstrapInterval;
  /** Average precision; random scores have `baseRate`. */
  readonly averagePrecision: BootstrapInterval;
  readonly baseRate: number;
  /** The share of fakes among as many of the highest scores as there are fakes. */
  readonly precision: BootstrapInterval;
  /** The share of fakes found at the threshold; null where there is none. */
  readonly detection: BootstrapInterval | null;
}

/** How scores are judged. */
export interface JudgeOptions {
  readonly seed: number;
  /** Samples of the bootstrap. */
  readonly resamples: number;
  /** Users above it are flagged; null where none can be fixed. */
  readonly threshold: number | null;
}

/**
 * The measures, each with a 95 % interval by the percentile bootstrap over users: fake and genuine
 * ones are drawn with replacement apart, as many as there are. Throws a UserError without a fake or
 * a genuine user.
 */
export function judge(scored: Scored, { seed, resamples, threshold }: JudgeOptions): Judgement {
  const ties = tiesOf(scored);
  const fakes = ties.reduce((sum, tie) => sum + tie.fakes, 0);
  const genuine = scored.scores.length - fakes;
  const measures = {
    rocAuc,
    averagePrecision,
    precision: (ranked: readonly Tie[]) => precisionAt(ranked, fakes),
    detection: (ranked: readonly Tie[]) => shareAbove(ranked, threshold ?? 0, fakes),
  };
  const draw = random(seed).fork('bootstrap');
  const samples = Array.from({ length: resamples }, () => resampled(ties, fakes, genuine, draw));
  const interval = (measure: (ranked: readonly Tie[]) => number): BootstrapInterval => {
    const values = Float64Array.from(samples, measure).sort();
    const at = (share: number) => values[Math.round(share * (values.length - 1))];
    return { value: measure(ties), low: at(0.025), high: at(0.975) };
  };
  return {
    rocAuc: interval(measures.rocAuc),
    averagePrecision: interval(measures.averagePrecision),
    baseRate: fakes / scored.scores.length,
    precision: interval(measures.precision),
    detection: threshold === null ? null : interval(measures.detection),
  };
}

const shareAbove = (ties: readonly Tie[], threshold: number, fakes: number): number =>
  ties.reduce((sum, tie) => sum + (tie.score > threshold ? tie.fakes : 0), 0) / fakes;

/** As many users again, drawn with replacement. */
function resampled(
  ties: readonly Tie[],
  fakes: number,
  genuine: number,
  draw: { integer(n: number): number },
): Tie[] {
  const sample = ties.map(({ score }) => ({ score, fakes: 0, genuine: 0 }));
  for (const [side, size] of [
    ['fakes', fakes],
    ['genuine', genuine],
  ] as const) {
    const tieOf = new Int32Array(size);
    let user = 0;
    ties.forEach((tie, i) => {
      tieOf.fill(i, user, user + tie[side]);
      user += tie[side];
    });
    for (let i = 0; i < size; i++) sample[tieOf[draw.integer(size)]][side]++;
  }
  // Scores that nobody in the sample has are none.
  return sample.filter((tie) => tie.fakes + tie.genuine > 0);
}

/** What it costs genuine users if all users above a threshold are removed. */
export interface Cost {
  /** The share of genuine users removed. */
  readonly removed: number;
  /** The mean number of clicks of those removed, null if none is, and of all genuine users. */
  readonly removedLength: number | null;
  readonly meanLength: number;
}

/** The cost among genuine users, given the scores and the lengths of their profiles. */
export function costOf(
  scores: ArrayLike<number>,
  lengths: ArrayLike<number>,
  threshold: number,
): Cost {
  let [removed, removedClicks, clicks] = [0, 0, 0];
  for (let user = 0; user < scores.length; user++) {
    clicks += lengths[user];
    if (!(scores[user] > threshold)) continue;
    removed++;
    removedClicks += lengths[user];
  }
  return {
    removed: removed / scores.length,
    removedLength: removed > 0 ? removedClicks / removed : null,
    meanLength: clicks / scores.length,
  };
}

/**
 * The threshold that at most the share `falseAlarms` of genuine users exceed, by the scores of some
 * that are known to be genuine.
 */
export function thresholdOf(genuineScores: ArrayLike<number>, falseAlarms: number): number {
  const sorted = Float64Array.from(genuineScores).sort().reverse();
  return sorted[Math.floor(falseAlarms * sorted.length)];
}

/** The threshold of the same kind that detects most among the users judged themselves: a leak. */
export function bestThreshold(scored: Scored, falseAlarms: number): number {
  const { threshold } = detectionAt(scored, falseAlarms);
  // Users at the threshold count as flagged: the largest score below it, if any, separates them.
  return Array.from(scored.scores).reduce(
    (below, score) => (score < threshold && score > below ? score : below),
    Number.NEGATIVE_INFINITY,
  );
}
