/** @file The format `movielens`: ratings of MovieLens 100K, 1M and later. */

import type { InteractionFormat, Layout } from './layout.ts';

const ratings = { fields: ['user', 'item', 'rating', 'time'], user: 0, item: 1, rating: 2 };

/** Of `u.data`, of `ratings.dat` and of `ratings.csv`. */
const layouts: readonly Layout[] = [
  { ...ratings, separator: '\t' },
  { ...ratings, separator: '::' },
  { ...ratings, separator: ',', header: ['userId', 'movieId', 'rating', 'timestamp'] },
];

/** Ratings as GroupLens publishes them; the separator of the first line tells the layout. */
export const movielens: InteractionFormat = {
  about: 'ratings of MovieLens 100K, 1M and later',
  layout: (firstLine) => layouts.find(({ separator }) => firstLine.includes(separator)),
  expected: "MovieLens fields between tabs, '::' or commas",
};
