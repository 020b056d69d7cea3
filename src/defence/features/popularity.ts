/**
 * @file Features of the popularity of a profile's items. The popularity d_i of an item is the
 * number of users among all who clicked it, fake users too.
 */

import { columnCounts, type SparseMatrix } from '../../data/sparse.ts';
import { ofEachUser, type ShortFeature } from './feature.ts';

const mean = (items: Int32Array, value: (item: number) => number): number => {
  let sum = 0;
  for (const item of items) sum += value(item);
  return sum / items.length;
};

/** The mean popularity of the items (Li et al. 2016, DegreeSAD). */
export const mud: ShortFeature = {
  name: 'MUD',
  about: 'mean popularity of the items clicked (Li et al. 2016)',
  values: (clicks) => {
    const popularity = columnCounts(clicks);
    return ofEachUser(clicks, (items) => mean(items, (item) => popularity[item]));
  },
};

/** The highest minus the lowest popularity of the items (Li et al. 2016, DegreeSAD). */
export const rud: ShortFeature = {
  name: 'RUD',
  about: 'range of the popularity of the items clicked (Li et al. 2016)',
  values: (clicks) => {
    const popularity = columnCounts(clicks);
    return ofEachUser(clicks, (items) => {
      const degrees = items.map((item) => popularity[item]).sort();
      return degrees[degrees.length - 1] - degrees[0];
    });
  },
};

/**
 * The lower quartile of the popularity of the items: that of rank `floor((N - 1) / 4)`, counted
 * from 0 (Li et al. 2016, DegreeSAD).
 */
export const qud: ShortFeature = {
  name: 'QUD',
  about: 'lower quartile of the popularity of the items clicked (Li et al. 2016)',
  values: (clicks) => {
    const popularity = columnCounts(clicks);
    return ofEachUser(clicks, (items) => {
      const degrees = items.map((item) => popularity[item]).sort();
      return degrees[Math.floor((items.length - 1) / 4)];
    });
  },
};

/** The number of items clicked, N. */
export const profileLength: ShortFeature = {
  name: 'length',
  about: 'number of items clicked',
  values: (clicks) => ofEachUser(clicks, (items) => items.length),
};

/**
 * The mean of 1 / d_i: what the rating deviation of Chirita, Nejdl & Zamfir 2005 (RDMA) becomes
 * for clicks.
 */
export const meanInversePopularity: ShortFeature = {
  name: 'mean inverse popularity',
  about: 'mean of 1 / popularity of the items clicked (RDMA for clicks)',
  values: (clicks) => {
    const popularity = columnCounts(clicks);
    return ofEachUser(clicks, (items) => mean(items, (item) => 1 / popularity[item]));
  },
};

/** The mean of the natural logarithm of d_i. */
export const meanLogPopularity: ShortFeature = {
  name: 'mean log popularity',
  about: 'mean of the logarithm of the popularity of the items clicked',
  values: (clicks) => {
    const popularity = columnCounts(clicks);
    return ofEachUser(clicks, (items) => mean(items, (item) => Math.log(popularity[item])));
  },
};

/**
 * The negative log-likelihood of the profile, in nats, where every user clicks item i with
 * probability d_i / users, independently of all others: clicks and items left out both count.
 */
export const popularityNll: ShortFeature = {
  name: 'NLL',
  about: 'negative log-likelihood of the profile if clicks follow popularity alone',
  values: (clicks) => {
    const logOdds = oddsAgainst(clicks);
    const empty = emptyNll(clicks);
    return ofEachUser(clicks, (items) => {
      let nll = empty;
      for (const item of items) nll += logOdds[item];
      return nll;
    });
  },
};

/** log((1 - p_i) / p_i) of each item: what a click adds to the NLL. 0 where p_i is 0 or 1. */
function oddsAgainst(clicks: SparseMatrix): Float64Array {
  const popularity = columnCounts(clicks);
  return Float64Array.from(popularity, (d) =>
    d > 0 && d < clicks.rows ? Math.log((clicks.rows - d) / d) : 0,
  );
}

/** The NLL of clicking no item that not everybody clicks. */
function emptyNll(clicks: SparseMatrix): number {
  return columnCounts(clicks).reduce(
    (sum, d) => (d < clicks.rows ? sum - Math.log1p(-d / clicks.rows) : sum),
    0,
  );
}
