/** @file The recall and precision that an ensemble's votes certify against fake users. */

import { type DataSet, rowOf } from '../../data/portable.ts';
import { certifiedSize, clopperPearson, type Votes } from '../../defence/index.ts';

/** What PORE certifies on average over the users that have test items. */
export interface Certified {
  readonly fakes: number;
  /** The least share of the first k that are test items, whatever the fake users click. */
  readonly precision: number;
  /** The least share of a user's test items among the first k. */
  readonly recall: number;
}

/**
 * The recall and precision at `k` that votes on the given data certify against numbers of fake
 * users (Jia et al. 2023, section 4.3), all at once with probability 1 - `alpha`: each of the
 * bounds, one for each user and item, is wrong with probability `alpha / (users * items)`.
 */
export function certify(
  { train, test }: DataSet,
  votes: Votes,
  {
    k,
    fakes,
    alpha,
  }: { readonly k: number; readonly fakes: readonly number[]; readonly alpha: number },
): Certified[] {
  const items = train.columns;
  const bounds = clopperPearson(votes.bags, alpha / (train.rows * items));
  const users = Array.from({ length: train.rows }, (_, user) => user).filter(
    (user) => rowOf(test, user).length > 0,
  );
  return fakes.map((count) => {
    let [precision, recall] = [0, 0];
    for (const user of users) {
      const wanted = [...rowOf(test, user)];
      const of = { counts: votes.counts[user], items, wanted };
      const size = certifiedSize(of, votes, { k, fakes: count, bounds });
      precision += size / k / users.length;
      recall += size / wanted.length / users.length;
    }
    return { fakes: count, precision, recall };
  });
}
