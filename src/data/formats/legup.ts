/** @file The format `legup`: the `.dat` of Leg-UP and AUSH, `user item rating` between tabs. */

import { type Layout, readDelimited, wholePattern } from './delimited.ts';
import type { InteractionFormat } from './format.ts';
import { tableWriter } from './table.ts';

const layout: Layout = {
  separator: '\t',
  quotes: false,
  header: false,
  fields: ['user', 'item', 'rating'],
  user: 0,
  item: 1,
  rating: 2,
  patterns: [wholePattern, wholePattern],
};

/** Numbers between tabs, without a header. */
export const legup: InteractionFormat = {
  about: 'Leg-UP and AUSH .dat: user item rating, numbers between tabs',
  sniff: (lines) => lines.every((line) => /^\d+\t\d+\t[\d.]+$/.test(line)),
  read: (path, options, rows) => readDelimited(path, options, rows, () => layout),
  writer: tableWriter({
    fileName: (part, name) => `${name}_${part}.dat`,
    row: (user, item) => `${user}\t${item}\t1`,
    numbered: true,
    note: 'each click is a rating of 1',
  }),
};
