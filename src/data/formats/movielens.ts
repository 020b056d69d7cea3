/** @file The format `movielens`: ratings of MovieLens 100K, 1M and later. */

import { UserError } from '../../errors.ts';
import { type Layout, readDelimited, wholePattern } from './delimited.ts';
import type { InteractionFormat } from './format.ts';
import { quoted } from './lines.ts';
import { recordOf } from './records.ts';
import { tableWriter } from './table.ts';

const ratings = { user: 0, item: 1, rating: 2, time: 3 };
const anything = /^/;
const plain = {
  fields: ['user', 'item', 'rating', 'time'],
  header: false,
  quotes: false,
  patterns: [wholePattern, wholePattern, anything, wholePattern],
};
const names = ['userId', 'movieId', 'rating', 'timestamp'];

/** Of `u.data`, of `ratings.dat` and of `ratings.csv`, each with a first line of its own. */
const layouts: readonly (Layout & { readonly firstLine: RegExp })[] = [
  { ...ratings, ...plain, separator: '\t', firstLine: /^\d+\t\d+\t[\d.]+\t\d+$/ },
  { ...ratings, ...plain, separator: '::', firstLine: /^\d+::\d+::[\d.]+::\d+$/ },
  {
    ...ratings,
    separator: ',',
    quotes: true,
    header: true,
    fields: names,
    // Ids of other data are written in this layout too.
    patterns: [anything, anything, anything, wholePattern],
    firstLine: /^userId,movieId,rating,timestamp$/,
  },
];

const layoutOf = (line: string): Layout | undefined =>
  layouts.find(({ firstLine }) => firstLine.test(line.trim()));

/** Ratings as GroupLens publishes them; the first line tells the layout. */
export const movielens: InteractionFormat = {
  about: 'ratings of MovieLens 100K, 1M and later',
  sniff: ([first]) => layoutOf(first) !== undefined,
  read: (path, options, rows) =>
    readDelimited(path, options, rows, ([first], line) => {
      const separator = ['\t', '::', ','].find((one) => first.includes(one));
      const found = layoutOf(first) ?? layouts.find((layout) => layout.separator === separator);
      if (!found || (found.header && layoutOf(first) !== found)) {
        throw new UserError(
          `${path} line ${line}: expected MovieLens fields between tabs, '::' or commas, got ${quoted(first)}`,
        );
      }
      return found;
    }),
  writer: tableWriter({
    fileName: (part) => `${part}.csv`,
    head: names.join(','),
    row: (user, item) => recordOf([user, item, '1', '0'], ','),
    note: 'each click is a rating of 1 at the time 0: the data have neither',
  }),
};
