/**
 * @file How well scores tell fake users from genuine ones. Users of equal score are told apart by
 * nothing: each measure is its mean over all orders of them, or counts them together.
 */

import { UserError } from '../../errors.ts';

/** The scores of a detector, and for each user 1 if fake, else 0. */
export interface Scored {
  readonly scores: ArrayLike<number>;
  readonly fake: ArrayLike<number>;
}

/** Users of one score: how many of them are fake and how many genuine. */
export interface Tie {
  readonly score: number;
  readonly fakes: number;
  readonly genuine: number;
}

/**
 * The groups of equal scores, the highest first. Throws a UserError without a fake or a genuine
 * user, and for a score that is no number.
 */
export function tiesOf({ scores, fake }: Scored): Tie[] {
  const order = Int32Array.from({ length: scores.length }, (_, user) => user);
  order.sort((a, b) => scores[b] - scores[a]);
  const groups: { score: number; fakes: number; genuine: number }[] = [];
  for (const user of order) {
    const score = scores[user];
    if (Number.isNaN(score)) throw new UserError(`the score of user ${user} is no number`);
    let group = groups.at(-1);
    if (group?.score !== score) {
      group = { score, fakes: 0, genuine: 0 };
      groups.push(group);
    }
    if (fake[user] === 1) group.fakes++;
    else group.genuine++;
  }
  const { fakes, genuine } = totals(groups);
  if (fakes > 0 && genuine > 0) return groups;
  throw new UserError(`expected fake and genuine users, got ${fakes} and ${genuine}`);
}

/** Scores of users, or how many users have each score. */
export type Ranked = Scored | readonly Tie[];

const ties = (ranked: Ranked): readonly Tie[] => ('scores' in ranked ? tiesOf(ranked) : ranked);

const totals = (groups: readonly Tie[]): { fakes: number; genuine: number } =>
  groups.reduce(
    (sum, { fakes, genuine }) => ({ fakes: sum.fakes + fakes, genuine: sum.genuine + genuine }),
    { fakes: 0, genuine: 0 },
  );

/**
 * The probability that a fake user scores higher than a genuine one, equal scores counting 1/2:
 * the area under the ROC curve, by midranks.
 */
export function rocAuc(ranked: Ranked): number {
  const groups = ties(ranked);
  const { fakes, genuine } = totals(groups);
  let above = 0;
  let pairs = 0;
  for (const group of groups) {
    pairs += group.genuine * (above + group.fakes / 2);
    above += group.fakes;
  }
  return pairs / (fakes * genuine);
}

/** A threshold, and the shares of fake and of genuine users that score at least as high. */
export interface RocPoint {
  readonly threshold: number;
  readonly detected: number;
  readonly falseAlarms: number;
}

/** The ROC curve from the highest threshold, which nobody reaches, to the lowest. */
export function rocCurve(ranked: Ranked): RocPoint[] {
  const groups = ties(ranked);
  const { fakes, genuine } = totals(groups);
  const points: RocPoint[] = [{ threshold: Number.POSITIVE_INFINITY, detected: 0, falseAlarms: 0 }];
  let [detected, alarms] = [0, 0];
  for (const group of groups) {
    detected += group.fakes;
    alarms += group.genuine;
    points.push({
      threshold: group.score,
      detected: detected / fakes,
      falseAlarms: alarms / genuine,
    });
  }
  return points;
}

/**
 * Average precision, the area under the curve of precision against recall as a sum over the
 * thresholds: its value for random scores is the share of fake users, the base rate.
 */
export function averagePrecision(ranked: Ranked): number {
  const groups = ties(ranked);
  const { fakes } = totals(groups);
  let [flagged, hits, area] = [0, 0, 0];
  for (const group of groups) {
    flagged += group.fakes + group.genuine;
    hits += group.fakes;
    area += (group.fakes / fakes) * (hits / flagged);
  }
  return area;
}

/**
 * The share of fake users among the `count` users of the highest scores; of users tied at the last
 * place the mean over all choices. `count` is at most the number of users.
 */
export function precisionAt(ranked: Ranked, count: number): number {
  let [left, hits] = [count, 0];
  for (const { fakes, genuine } of ties(ranked)) {
    const taken = Math.min(left, fakes + genuine);
    hits += (taken * fakes) / (fakes + genuine);
    left -= taken;
    if (left === 0) break;
  }
  return hits / count;
}

/**
 * The lowest threshold that at most the share `falseAlarms` of the genuine users reach, and the
 * share of fake users that reach it.
 */
export function detectionAt(ranked: Ranked, falseAlarms: number): RocPoint {
  return rocCurve(ranked).reduce((best, point) =>
    point.falseAlarms <= falseAlarms ? point : best,
  );
}
