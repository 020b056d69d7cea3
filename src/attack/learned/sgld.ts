/** @file SGLD: fake users sampled near genuine ones, pulled to the goal (Li et al. 2016). */

import { random } from '../../data/random.ts';
import { columnCounts, type SparseMatrix } from '../../data/sparse.ts';
import type { AttackKind } from '../kind.ts';
import { direction, moveRows, type UpdateRule } from '../update.ts';
import { type LearnedSettings, learnWithin } from './learn-within.ts';

/** Settings of `sgld`. */
export type SgldSettings = LearnedSettings & { readonly inverseTemperature: number };

/** Mean and variance of the clicks of genuine users on each of some columns. */
export interface ClickPrior {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/**
 * The prior of clicks on some items, by default all: of d users among n the mean is
 * m = (d + 1) / (n + 2), so that none is certain, and the variance m (1 - m).
 */
export function clickPrior(train: SparseMatrix, items?: Int32Array): ClickPrior {
  const counts = columnCounts(train);
  const mean = Float64Array.from(items ?? counts.keys(), (item) => {
    return (counts[item] + 1) / (train.rows + 2);
  });
  return { mean, variance: mean.map((m) => m * (1 - m)) };
}

/**
 * A step of Langevin dynamics towards exp(-beta L) N(mean, variance), where the velocity holds
 * relaxed fake users M (Li et al. 2016, Algorithm 2):
 *
 *     M <- M + (s v / 2) (-(M - mean) / v - beta g) + N(0, s v)
 *
 * with the step size s of an item times its variance v: variances of items differ by orders of
 * magnitude, and a constant factor of the step leaves the distribution as it is. The noise of an
 * iteration depends on the seed and its number alone, so that a run can go on after any.
 */
export const langevin =
  ({ mean, variance }: ClickPrior, inverseTemperature: number, seed: number): UpdateRule =>
  ({ fakes, velocity }, pull, descent) => {
    const noise = random(seed).fork(`langevin ${pull.iteration}`);
    const { learningRate: s } = descent;
    return moveRows(fakes, descent, pull, (row, start) => {
      direction(row, start, pull, descent);
      for (let column = 0; column < row.length; column++) {
        const m = velocity[start + column];
        const v = variance[column];
        const drift = mean[column] - m - v * inverseTemperature * row[column];
        velocity[start + column] = m + (s / 2) * drift + Math.sqrt(s * v) * noise.normal();
        row[column] = velocity[start + column];
      }
    });
  };

/**
 * The attack `sgld` (Li, Wang, Singh & Vorobeychik 2016, Algorithm 2). As in `pga`, the learner
 * trains on clicks, which are the largest entries of each relaxed fake user.
 */
export const sgld: AttackKind<SgldSettings> = {
  name: 'sgld',
  about: 'pga with noise and a prior that keeps fake users near genuine ones (Li et al. 2016)',
  family: 'learned',
  defaults: {
    surrogate: 'wrmf-als',
    method: 'partial',
    iterations: 30,
    outerRate: 0.2,
    inverseTemperature: 1,
    projection: 'top',
    clickTargets: true,
    start: 'random',
    withinRange: false,
    copyLimit: 100,
    surrogateSeeds: '1',
    heldOutSeeds: 1,
    candidates: 0,
  },
  craft: (context, settings) => {
    const { train, seed, learning } = context;
    const prior = clickPrior(train, learning?.candidates);
    return learnWithin('sgld', context, settings, {
      momentum: 0,
      normalizeRows: false,
      update: langevin(prior, settings.inverseTemperature, seed),
      velocity: (clicks) => clicks,
    });
  },
};
