/** @file Metrics of recommendations: HR, Recall, NDCG and mean rank of test and target items. */

import { Turns } from '../../autodiff/index.ts';
import { type DataSet, rowOf } from '../../data/portable.ts';
import { UserError } from '../../errors.ts';
import type { ScoreUsers } from '../../models/index.ts';
import { chanceOf, chanceOfAny, gain, gainOf, rankOf } from './expected.ts';
import { excludeClicks, excluded, type Places, placesOf } from './ranking.ts';

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
  /** Items that an attack promotes or demotes, each once; default none. */
  readonly targets?: readonly number[];
}

/**
 * Means over the users that have test items, but for `targetHitRateOfAll`. Items that a user clicked
 * in training are not ranked; a target among them counts as no hit. Where a user's scores are equal,
 * a figure is its expectation over all orders of the equal items.
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
 * DivergedError that names the user if a score is not finite, and a UserError at targets that are no
 * items or come twice, and at a `k` that is no whole number from 1.
 */
export async function measure(
  score: ScoreUsers,
  data: DataSet,
  options: MetricsOptions,
): Promise<Metrics> {
  expectLength(options);
  expectTargets(options, data.train.columns);
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
  expectLength(options);
  let [recall, users] = [0, 0];
  await rankUsers(score, data, { ...options, isRanked: hasTests(data) }, ({ scores, tests }) => {
    const places = placesOf(scores, tests.filter(isRankedBy(scores)));
    let hits = 0;
    for (let i = 0; i < places.above.length; i++) hits += chanceOf(places, i, options.k);
    recall += hits / tests.length;
    users++;
  });
  return recall / users;
}

function expectLength({ k }: RankingOptions): void {
  if (Number.isSafeInteger(k) && k >= 1) return;
  throw new UserError(`k: expected a whole number from 1, got ${k}`);
}

function expectTargets({ targets = [] }: MetricsOptions, items: number): void {
  targets.forEach((item, i) => {
    if (!(Number.isInteger(item) && item >= 0 && item < items)) {
      throw new UserError(`target ${item} is no item: give whole numbers from 0 to ${items - 1}`);
    }
    if (targets.indexOf(item) < i) throw new UserError(`target ${item} comes twice: give it once`);
  });
}

/** A user's scores, and the items that were held out. */
interface RankedUser {
  /** By item; `excluded` where it was clicked in training. */
  readonly scores: Float32Array | Float64Array;
  readonly tests: Int32Array;
}

const isRankedBy = (scores: ArrayLike<number>) => (item: number) => scores[item] !== excluded;

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
  const { blockUsers = usersAtOnce(train.columns), onProgress, signal } = options;
  const all = Int32Array.from({ length: train.rows }, (_, user) => user);
  const users = all.filter(options.isRanked);
  const turns = new Turns(signal);
  for (let from = 0; from < users.length; from += blockUsers) {
    const block = users.subarray(from, from + blockUsers);
    const table = await score(block);
    block.forEach((user, row) => {
      const scores = table.subarray(row * train.columns, (row + 1) * train.columns);
      excludeClicks(scores, train, user);
      visit({ scores, tests: rowOf(test, user) });
    });
    onProgress?.(from + block.length, users.length);
    await turns.pass();
  }
}

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

  add({ scores, tests }: RankedUser): void {
    const isRanked = isRankedBy(scores);
    const targets = this.targets.filter(isRanked);
    // Best first, as in a list.
    const ranked = tests.filter(isRanked).sort((a, b) => scores[b] - scores[a]);
    const places = placesOf(scores, [...targets, ...ranked]);
    const hit = chanceOfAny(places, [0, targets.length], this.k);
    this.targetHitsOfAll += hit;
    if (tests.length === 0) return;
    this.users++;
    this.targetHits += hit;
    for (let i = 0; i < targets.length; i++) this.targetRanks += rankOf(places, i);
    this.rankedTargets += targets.length;
    this.addTests(places, targets.length, tests.length);
  }

  /** Test items are those from an index on; of `tests` some may not be ranked. */
  private addTests(places: Places, from: number, tests: number): void {
    const { k } = this;
    const length = Math.min(tests, k);
    const to = places.above.length;
    let hits = 0;
    let gained = 0;
    let gainedOfTests = 0;
    for (let i = from; i < to; i++) {
      hits += chanceOf(places, i, k);
      gained += gainOf(places, i, k);
      gainedOfTests += gainOf(places, i, length);
      this.ranks += rankOf(places, i);
    }
    this.rankedTests += to - from;
    this.hitUsers += chanceOfAny(places, [from, to], k);
    this.recall += hits / tests;
    this.ndcg += gained / idealGain(length);
    this.ndcgOfTests += gainedOfTests / idealGain(length);
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
