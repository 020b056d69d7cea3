/** @file Metrics of recommendations: HR, Recall, NDCG and mean rank of test and target items. */

import { Turns } from '../../autodiff/index.ts';
import { type DataSet, rowOf } from '../../data/portable.ts';
import type { ScoreUsers } from '../../models/index.ts';
import { excludeClicks, excluded, ranksOf, topItems } from './ranking.ts';

/** How users are ranked. */
export interface RankingOptions {
  /** Length of the list of recommendations. */
  readonly k: number;
  /** Users scored at once; default 512, or as many as have 2^25 scores. */
  readonly blockUsers?: number;
  /** Told after each block of users. */
  readonly onProgress?: (users: number, total: number) => void;
  /** Stops the ranking after the block at hand: its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** What `measure` measures. */
export interface MetricsOptions extends RankingOptions {
  /** Items that an attack promotes or demotes; default none. */
  readonly targets?: readonly number[];
}

/**
 * Means over the users that have test items, but for `targetHitRateOfAll`. Items that a user clicked
 * in training are not ranked; a target among them counts as no hit.
 */
export interface Metrics {
  /** Users that have test items. */
  readonly users: number;
  /** All real users. */
  readonly allUsers: number;
  /** Share of users with a test item among the first k. */
  readonly hitRate: number;
  /** Share of a user's test items among the first k. */
  readonly recall: number;
  /** Discounted gain, the sum of 1 / log2(1 + rank), over that of the best possible list. */
  readonly ndcg: number;
  /**
   * NDCG as the published code computes it (Tang, Wen & Wang 2020): a user's list ends after as
   * many items as the user has test items, but at most k. It is never above `ndcg`.
   */
  readonly ndcgOfTests: number;
  /** Mean rank of test items, from 1. */
  readonly meanRank: number;
  /** Share of users with a target item among the first k; NaN without targets. */
  readonly targetHitRate: number;
  /** The same share of all real users, whether they have test items or not. */
  readonly targetHitRateOfAll: number;
  /** Mean rank of target items that the user has not clicked; NaN if there is none. */
  readonly targetMeanRank: number;
}

/**
 * Ranks all users that have test items, and with targets all others too, block by block. Throws a
 * DivergedError that names the user if a score is not finite.
 */
export async function measure(
  score: ScoreUsers,
  data: DataSet,
  options: MetricsOptions,
): Promise<Metrics> {
  const totals = new Totals(options);
  const isRanked = (options.targets ?? []).length > 0 ? () => true : hasTests(data);
  await rankUsers(score, data, { ...options, isRanked }, (user) => totals.add(user));
  return totals.means(data.train.rows);
}

/** The mean over users of the share of test items among the first k, as `measure` gives it. */
export async function measureRecall(
  score: ScoreUsers,
  data: DataSet,
  options: RankingOptions,
): Promise<number> {
  let [recall, users] = [0, 0];
  await rankUsers(score, data, { ...options, isRanked: hasTests(data) }, ({ tests, top }) => {
    recall += top.filter((item) => tests.includes(item)).length / tests.length;
    users++;
  });
  return recall / users;
}

/** A user's recommendations, and the items that were held out. */
interface RankedUser {
  /** By item; `excluded` where it was clicked in training. */
  readonly scores: Float32Array | Float64Array;
  readonly top: Int32Array;
  readonly tests: Int32Array;
}

/** Users that are scored at once, so that catalogues of millions do not fill the memory. */
export const usersAtOnce = (items: number): number =>
  Math.min(512, Math.max(1, Math.floor(2 ** 25 / items)));

const hasTests =
  ({ test }: DataSet) =>
  (user: number): boolean =>
    test.indptr[user + 1] > test.indptr[user];

async function rankUsers(
  score: ScoreUsers,
  { train, test }: DataSet,
  options: RankingOptions & { readonly isRanked: (user: number) => boolean },
  visit: (user: RankedUser) => void,
): Promise<void> {
  const { k, blockUsers = usersAtOnce(train.columns), onProgress, signal } = options;
  const all = Int32Array.from({ length: train.rows }, (_, user) => user);
  const users = all.filter(options.isRanked);
  const turns = new Turns(signal);
  for (let from = 0; from < users.length; from += blockUsers) {
    const block = users.subarray(from, from + blockUsers);
    const table = await score(block);
    block.forEach((user, row) => {
      const scores = table.subarray(row * train.columns, (row + 1) * train.columns);
      excludeClicks(scores, train, user);
      visit({ scores, top: topItems(scores, k), tests: rowOf(test, user) });
    });
    onProgress?.(from + block.length, users.length);
    await turns.pass();
  }
}

/** The discounted gain at an index of the list, from 0. */
const gain = (index: number): number => 1 / Math.log2(index + 2);

/** The discounted gain of the best list of some length. */
const idealGain = (length: number): number => {
  let sum = 0;
  for (let index = 0; index < length; index++) sum += gain(index);
  return sum;
};

class Totals {
  private users = 0;
  private hitUsers = 0;
  private recall = 0;
  private ndcg = 0;
  private ndcgOfTests = 0;
  private ranks = 0;
  private rankedTests = 0;
  private targetHits = 0;
  private targetHitsOfAll = 0;
  private targetRanks = 0;
  private rankedTargets = 0;
  private readonly k: number;
  private readonly targets: readonly number[];

  constructor({ k, targets = [] }: MetricsOptions) {
    this.k = k;
    this.targets = targets;
  }

  add(user: RankedUser): void {
    const isHit = this.targets.some((item) => user.top.includes(item));
    if (isHit) this.targetHitsOfAll++;
    if (user.tests.length === 0) return;
    this.users++;
    if (isHit) this.targetHits++;
    this.addHits(user);
    this.addRanks(user);
  }

  private addHits({ top, tests }: RankedUser): void {
    const length = Math.min(tests.length, this.k);
    let hits = 0;
    let gained = 0;
    let gainedOfTests = 0;
    top.forEach((item, index) => {
      if (!tests.includes(item)) return;
      hits++;
      gained += gain(index);
      if (index < length) gainedOfTests += gain(index);
    });
    if (hits > 0) this.hitUsers++;
    this.recall += hits / tests.length;
    this.ndcg += gained / idealGain(length);
    this.ndcgOfTests += gainedOfTests / idealGain(length);
  }

  private addRanks({ scores, tests }: RankedUser): void {
    const isRanked = (item: number) => scores[item] !== excluded;
    const ranked = tests.filter(isRanked);
    const targets = this.targets.filter(isRanked);
    const ranks = ranksOf(scores, [...ranked, ...targets]);
    ranks.forEach((rank, i) => {
      if (i < ranked.length) this.ranks += rank;
      else this.targetRanks += rank;
    });
    this.rankedTests += ranked.length;
    this.rankedTargets += targets.length;
  }

  means(allUsers: number): Metrics {
    const { users } = this;
    const hasTargets = this.targets.length > 0;
    return {
      users,
      allUsers,
      hitRate: this.hitUsers / users,
      recall: this.recall / users,
      ndcg: this.ndcg / users,
      ndcgOfTests: this.ndcgOfTests / users,
      meanRank: this.ranks / this.rankedTests,
      targetHitRate: hasTargets ? this.targetHits / users : Number.NaN,
      targetHitRateOfAll: hasTargets ? this.targetHitsOfAll / allUsers : Number.NaN,
      targetMeanRank: this.targetRanks / this.rankedTargets,
    };
  }
}
