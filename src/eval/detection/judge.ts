/** @file What scores are worth: measures with bootstrap intervals, and what acting on them costs. */

import { Turns } from '../../autodiff/index.ts';
import { partOf } from '../../data/part.ts';
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
  /** Stops after the sample at hand: its reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * The measures, each with a 95 % interval by the percentile bootstrap over users: fake and genuine
 * ones are drawn with replacement apart, as many as there are. Throws a UserError without a fake or
 * a genuine user.
 */
export async function judge(
  scored: Scored,
  { seed, resamples, threshold, signal }: JudgeOptions,
): Promise<Judgement> {
  const ties = tiesOf(scored);
  const fakes = ties.reduce((sum, tie) => sum + tie.fakes, 0);
  const genuine = scored.scores.length - fakes;
  const measures: readonly ((ranked: readonly Tie[]) => number)[] = [
    rocAuc,
    averagePrecision,
    (ranked) => precisionAt(ranked, fakes),
    (ranked) => shareAbove(ranked, threshold ?? Number.POSITIVE_INFINITY, fakes),
  ];
  const draw = random(seed).fork('bootstrap');
  const turns = new Turns(signal);
  // Samples are as large as the data: only what they give is kept.
  const sampled = measures.map(() => new Float64Array(resamples));
  for (let i = 0; i < resamples; i++) {
    const sample = resampled(ties, fakes, genuine, draw);
    for (const [m, measure] of measures.entries()) sampled[m][i] = measure(sample);
    await turns.pass();
  }
  const [area, average, precision, detection] = measures.map((measure, m): BootstrapInterval => {
    const values = sampled[m].sort();
    const at = (share: number) => values[Math.round(share * (values.length - 1))];
    return { value: measure(ties), low: at(0.025), high: at(0.975) };
  });
  return {
    rocAuc: area,
    averagePrecision: average,
    baseRate: fakes / scored.scores.length,
    precision,
    detection: threshold === null ? null : detection,
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
 * that are known to be genuine. Null without any; minus infinity if all may exceed it.
 */
export function thresholdOf(genuineScores: ArrayLike<number>, falseAlarms: number): number | null {
  const sorted = Float64Array.from(genuineScores).sort().reverse();
  if (sorted.length === 0) return null;
  return sorted[partOf(falseAlarms, sorted.length)] ?? Number.NEGATIVE_INFINITY;
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
