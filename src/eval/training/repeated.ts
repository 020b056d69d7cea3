/** @file Victims trained from several seeds: which seeds, means with intervals, paired changes. */

import { seedAfter } from '../../data/portable.ts';
import { type Estimate, estimate } from '../metrics/interval.ts';
import type { Metrics } from '../metrics/measure.ts';
import type { VictimResult } from './victim.ts';

/** A victim trained from one seed. */
export interface VictimRun extends VictimResult {
  readonly seed: number;
}

/** The metrics that are averaged over seeds. */
export const averaged = [
  'targetHitRate',
  'targetHitRateOfAll',
  'targetMeanRank',
  'recall',
  'hitRate',
  'ndcg',
  'meanRank',
] as const satisfies readonly (keyof Metrics)[];

/** A number for each of these metrics. */
export type Averages = { readonly [name in (typeof averaged)[number]]: Estimate };

/**
 * The first `count` seeds from `first` on that are none of those `taken`: an attack is fitted to the
 * seeds of its surrogates, and looks better on a victim that starts as they did. Throws a UserError
 * for seeds that are no whole numbers below 2^53.
 */
export function victimSeeds(count: number, first: number, taken: readonly number[]): number[] {
  const seeds: number[] = [];
  for (let i = 0; seeds.length < count; i++) {
    const seed = seedAfter(first, i);
    if (!taken.includes(seed)) seeds.push(seed);
  }
  return seeds;
}

/** The mean of each metric over runs, at least one, with its interval. */
export const averagesOf = (runs: readonly VictimRun[]): Averages =>
  estimates((name) => runs.map((run) => run[name]));

/**
 * How much each metric changed from `before` to `after`: the differences of runs of the same seed,
 * which start real users alike. Throws a RangeError unless the seeds are the same.
 */
export function changesOf(before: readonly VictimRun[], after: readonly VictimRun[]): Averages {
  if (`${before.map(({ seed }) => seed)}` !== `${after.map(({ seed }) => seed)}`) {
    throw new RangeError('internal: runs of different seeds are compared');
  }
  return estimates((name) => after.map((run, i) => run[name] - before[i][name]));
}

function estimates(values: (name: (typeof averaged)[number]) => readonly number[]): Averages {
  const entries = averaged.map((name) => [name, estimate(values(name))]);
  return Object.fromEntries(entries) as Averages;
}
