/** @file A small file of each layout of each format, and the small reading that it is judged by. */

import type { FileKind } from './mutation.ts';
import { type PlainTable, type Reading, readLists, readTable, readVat } from './plain.ts';

/** A layout of a format. */
export interface Sample {
  readonly format: string;
  readonly file: string;
  readonly kind: FileKind;
  readonly text: string;
  read(bytes: Uint8Array): Reading;
}

const pairs = [
  ['0', '0'],
  ['0', '3'],
  ['0', '12'],
  ['1', '3'],
  ['1', '7'],
  ['12', '0'],
  ['12', '12'],
  ['3', '7'],
];

const table = (
  format: string,
  file: string,
  layout: PlainTable,
  row: (user: string, item: string, number: number) => string,
): Sample => ({
  format,
  file,
  kind: 'text',
  text: [
    ...(layout.header === undefined ? [] : [layout.header]),
    ...pairs.map(([user, item], i) => row(user, item, i)),
    '',
  ].join('\n'),
  read: (bytes) => readTable(bytes, layout),
});

const triple = { fields: 3, user: 0, item: 1, rating: 2 };
const rated = { fields: 4, user: 0, item: 1, rating: 2 };

/** One sample for each layout. */
export const samples: readonly Sample[] = [
  table(
    'csv',
    'clicks.csv',
    { separator: ',', header: 'uid,sid', fields: 2, user: 0, item: 1, quotes: true },
    (user, item, i) => (i === 3 ? `"${user}",${item}` : `${user},${item}`),
  ),
  table(
    'movielens',
    'ratings.csv',
    { ...rated, separator: ',', header: 'userId,movieId,rating,timestamp', quotes: true },
    (user, item, i) => `${user},${item},${1 + (i % 5)}.5,97830${i}760`,
  ),
  table(
    'movielens',
    'ratings.dat',
    { ...rated, separator: '::' },
    (user, item, i) => `${user}::${item}::${1 + (i % 5)}::97830${i}760`,
  ),
  table(
    'movielens',
    'u.data',
    { ...rated, separator: '\t' },
    (user, item, i) => `${user}\t${item}\t${1 + (i % 5)}\t97830${i}760`,
  ),
  table(
    'gowalla',
    'checkins.txt',
    { separator: '\t', fields: 5, user: 0, item: 4 },
    (user, item, i) => `${user}\t2010-10-1${i}T23:55:27Z\t30.2359\t-97.79513\t${item}`,
  ),
  table(
    'recbole',
    'data.inter',
    {
      ...triple,
      separator: '\t',
      header: 'user_id:token\titem_id:token\trating:float',
      quotes: true,
    },
    (user, item, i) => `${user}\t${item}\t${1 + (i % 5)}`,
  ),
  table(
    'arlib',
    'train.txt',
    { ...triple, separator: ' ' },
    (user, item, i) => `${user} ${item} ${1 + (i % 5)}`,
  ),
  table(
    'sdlib',
    'profiles.txt',
    { ...triple, separator: ' ' },
    (user, item, i) => `${user} ${item} ${1 + (i % 5)}`,
  ),
  table(
    'legup',
    'data_train.dat',
    { ...triple, separator: '\t' },
    (user, item, i) => `${user}\t${item}\t${1 + (i % 5)}`,
  ),
  {
    format: 'lightgcn',
    file: 'lists.txt',
    kind: 'text',
    text: '0 0 3 12\n1 3 7\n12 0 12\n3 7\n4\n',
    read: readLists,
  },
  {
    format: 'vat',
    file: 'fakes.json',
    kind: 'json',
    text: `${JSON.stringify({ fake_users: { f0: ['0', '3', '12'], f1: ['3', '7'] }, target_items: ['3'] }, null, 1)}\n`,
    read: readVat,
  },
];
