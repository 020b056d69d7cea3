/** @file Data in the manner of MovieLens 100K, for the quick size where no data are given. */

import { type DataSet, fromPairs, random, splitRows } from '../../data/index.ts';

/** As many users and items as MovieLens 100K has. */
const size = { users: 943, items: 1682, rank: 12 };

/**
 * Clicks of users whose number is log-normal, about 100 a user and at least 20. A user clicks the
 * items of the largest taste + popularity + Gumbel noise, which draws without replacement by the
 * softmax of the first two; a fifth is held out. The same numbers on every machine.
 */
export function quickData(): DataSet {
  const generator = random(1).fork('quick data');
  const { normal, uniform } = generator;
  const factors = (count: number) =>
    Array.from({ length: count }, () => Float64Array.from({ length: size.rank }, normal));
  const [users, items] = [factors(size.users), factors(size.items)];
  const popularity = items.map(() => 1.3 * normal());
  const pairs: [number, number][] = [];
  users.forEach((tastes, user) => {
    const count = Math.min(700, Math.max(20, Math.round(Math.exp(4.2 + 0.8 * normal()))));
    const keys = items.map((item, i) => {
      const taste = item.reduce((sum, x, k) => sum + x * tastes[k], 0) / Math.sqrt(size.rank);
      return 1.5 * taste + popularity[i] - Math.log(-Math.log(uniform()));
    });
    const order = Int32Array.from(keys.keys()).sort((a, b) => keys[b] - keys[a] || a - b);
    for (const item of order.subarray(0, count)) pairs.push([user, item]);
  });
  const clicks = fromPairs(pairs, size.users, size.items);
  return { name: 'quick', ...splitRows(clicks, 0.2, random(1).fork('holdout')) };
}
