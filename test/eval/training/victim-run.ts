/** @file A victim's run with metrics that are given, not measured. */

import type { VictimRun } from '../../../src/eval/index.ts';

/** A run of a seed; what is not given is the same for all. */
export const run = (seed: number, targetHitRate: number, recall: number): VictimRun => ({
  seed,
  users: 2,
  allUsers: 3,
  hitRate: 0.5,
  recall,
  ndcg: 0.5,
  ndcgOfTests: 0.5,
  meanRank: 4,
  targetHitRate,
  targetHitRateOfAll: targetHitRate / 2,
  targetMeanRank: 7,
  trainSeconds: 1,
  rankSeconds: 1,
});
