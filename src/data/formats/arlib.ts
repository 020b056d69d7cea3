/** @file The formats `arlib` and `sdlib`: `user item rating` between single spaces. */

import { type Layout, readDelimited } from './delimited.ts';
import type { InteractionFormat } from './format.ts';
import { tableWriter } from './table.ts';

const layout: Layout = {
  separator: ' ',
  quotes: false,
  header: false,
  fields: ['user', 'item', 'rating'],
  user: 0,
  item: 1,
  rating: 2,
};

const spaceSeparated = (
  about: string,
  fileOf: Record<'train' | 'test' | 'fakes', string>,
): InteractionFormat => ({
  about,
  sniff: isTriples,
  read: (path, options, rows) => readDelimited(path, options, rows, () => layout),
  writer: tableWriter({
    fileName: (part) => fileOf[part],
    row: (user, item) => `${user} ${item} 1`,
    forbidden: { pattern: /\s/, name: 'a space' },
    note: 'each click is a rating of 1',
  }),
});

/**
 * Whether all lines are `user item rating`. A list of items by user may look the same: a user that
 * comes twice tells them apart.
 */
function isTriples(lines: readonly string[]): boolean {
  const records = lines.map((line) => line.trim().split(/ +/));
  const users = new Set(records.map(([user]) => user));
  const isTriple = records.every(
    (fields) => fields.length === 3 && /^\d+(\.\d+)?$/.test(fields[2]),
  );
  return isTriple && users.size < records.length;
}

/** The files of ARLib, which reads the rating and ignores it. */
export const arlib = spaceSeparated('ARLib: user item rating, between spaces', {
  train: 'train.txt',
  test: 'test.txt',
  fakes: 'fakes.txt',
});

/** The files of SDLib, whose profiles of fake users are files of the same kind. */
export const sdlib = spaceSeparated('SDLib: user item rating, between spaces', {
  train: 'profiles.txt',
  test: 'test.txt',
  fakes: 'fakes.txt',
});
