/** @file What recommendations are worth: HR, Recall, NDCG and mean rank, of test and target items. */

import { type DataSet, rowOf } from '../data/index.ts';
import type { ScoreUsers } from '../models/index.ts';
import { excluded, rankOf, topItems } from './ranking.ts';

export interface MetricsOptions {
  /** Length of the list of recommendations. */
  readonly k: number;
  /** Items that an attack is after; default none. */
  readonly targets?: readonly number[];
  /** Users whose scores are held at once; default 512. */
  readonly blockUsers?: number;
  readonly onProgress?: (users: number, total: number) => void;
}

/**
 * Means over the users that have test items; items clicked in training are not ranked. A user who
 * clicked a target in training cannot be recommended it, which counts as no hit.
 */
export interface Metrics {
  readonly users: number;
  /** Share of users with a test item among the first k. */
  readonly hitRate: number;
  /** Share of a user's test items among the first k. */
  readonly recall: number;
  /** Discounted gain, 1 / log2(1 + rank), over that of the best possible list. */
  readonly ndcg: number;
  /** Mean rank of test items, from 1. */
  readonly meanRank: number;
  /** Share of users with a target item among the first k; NaN without targets. */
  readonly targetHitRate: number;
  /** Mean rank of target items that the user has not clicked; NaN if there is none. */
  readonly targetMeanRank: number;
}

/**
 * Ranks all users that have test items, a block at a time. Throws an Error naming the user if a
 * score is not a number.
 */
export async function measure(
  score: ScoreUsers,
  data: DataSet,
  options: MetricsOptions,
): Promise<Metrics> {
  const { blockUsers = 512 } = options;
  const users = usersWithTests(data);
  const totals = new Totals(data, options);
  for (let from = 0; from < users.length; from += blockUsers) {
    const block = users.subarray(from, from + blockUsers);
    const scores = await score(block);
    block.forEach((user, row) => {
      const { columns } = data.train;
      totals.add(user, scores.subarray(row * columns, (row + 1) * columns));
    });
    options.onProgress?.(from + block.length, users.length);
  }
  return totals.means();
}

function usersWithTests({ test }: DataSet): Int32Array {
  return Int32Array.from({ length: test.rows }, (_, user) => user).filter(
    (user) => test.indptr[user + 1] > test.indptr[user],
  );
}

const gain = (place: number): number => 1 / Math.log2(place + 2);

class Totals {
  private users = 0;
  private hitUsers = 0;
  private recall = 0;
  private ndcg = 0;
  private ranks = 0;
  private rankedTests = 0;
  private targetHits = 0;
  private targetRanks = 0;
  private rankedTargets = 0;

  constructor(
    private readonly data: DataSet,
    private readonly options: MetricsOptions,
  ) {}

  /** Adds a user's scores, which it overwrites where items were clicked in training. */
  add(user: number, scores: Float32Array | Float64Array): void {
    if (scores.some(Number.isNaN)) throw new Error(`a score of user ${user} is not a number`);
    const { k, targets = [] } = this.options;
    for (const item of rowOf(this.data.train, user)) scores[item] = excluded;
    const top = topItems(scores, k);
    this.users++;
    this.addTests(rowOf(this.data.test, user), scores, top);
    if (targets.some((item) => top.includes(item))) this.targetHits++;
    for (const item of targets) {
      if (scores[item] === excluded) continue;
      this.targetRanks += rankOf(scores, item);
      this.rankedTargets++;
    }
  }

  private addTests(tests: Int32Array, scores: ArrayLike<number>, top: Int32Array): void {
    let hits = 0;
    let dcg = 0;
    top.forEach((item, place) => {
      if (!tests.includes(item)) return;
      hits++;
      dcg += gain(place);
    });
    let ideal = 0;
    for (let place = 0; place < Math.min(tests.length, this.options.k); place++) {
      ideal += gain(place);
    }
    if (hits > 0) this.hitUsers++;
    this.recall += hits / tests.length;
    this.ndcg += dcg / ideal;
    for (const item of tests) {
      if (scores[item] === excluded) continue;
      this.ranks += rankOf(scores, item);
      this.rankedTests++;
    }
  }

  means(): Metrics {
    const { users } = this;
    const targeted = (this.options.targets ?? []).length > 0;
    return {
      users,
      hitRate: this.hitUsers / users,
      recall: this.recall / users,
      ndcg: this.ndcg / users,
      meanRank: this.ranks / this.rankedTests,
      targetHitRate: targeted ? this.targetHits / users : Number.NaN,
      targetMeanRank: this.targetRanks / this.rankedTargets,
    };
  }
}
