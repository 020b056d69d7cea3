/** @file Readers of published interaction files; each line is a click, a rating or a check-in. */

import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UserError } from '../errors.ts';
import { fileError } from './files.ts';
import { InteractionCollector, type Interactions } from './interactions.ts';

export type { Interactions } from './interactions.ts';

export type Format = 'csv' | 'movielens' | 'gowalla';

export interface ReadOptions {
  /** MovieLens: ratings below are dropped; default 0, every rating counts as a click. */
  readonly minRating?: number;
}

/** How the lines of a layout are read. */
interface Layout {
  readonly separator: string;
  readonly header: readonly string[] | null;
  /** What the fields mean, for errors. */
  readonly fields: readonly string[];
  readonly user: number;
  readonly item: number;
  readonly rating?: number;
}

const clicks: Layout = {
  separator: ',',
  header: ['uid', 'sid'],
  fields: ['uid', 'sid'],
  user: 0,
  item: 1,
};

const ratingFields = ['user', 'item', 'rating', 'time'];
const ratings = { fields: ratingFields, user: 0, item: 1, rating: 2 };

/** MovieLens 100K, 1M and later, told apart by the first line. */
const movielens: readonly Layout[] = [
  { ...ratings, separator: '\t', header: null },
  { ...ratings, separator: '::', header: null },
  { ...ratings, separator: ',', header: ['userId', 'movieId', 'rating', 'timestamp'] },
];

/** SNAP's loc-gowalla check-ins. */
const checkIns: Layout = {
  separator: '\t',
  header: null,
  fields: ['user', 'time', 'latitude', 'longitude', 'location'],
  user: 0,
  item: 4,
};

function layoutOf(path: string, format: Format, firstLine: string): Layout {
  if (format === 'csv') return clicks;
  if (format === 'gowalla') return checkIns;
  const layout = movielens.find(({ separator }) => firstLine.includes(separator));
  if (layout) return layout;
  throw new UserError(
    `${path} line 1: expected MovieLens fields between tabs, '::' or commas, got ${show(firstLine)}`,
  );
}

const show = (line: string): string =>
  JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}…` : line);

/**
 * Reads the lines of a text file, plain or `.gz`, in pieces, each with its number from 1. Throws a
 * UserError naming the file.
 */
async function* readLines(path: string): AsyncGenerator<[string, number]> {
  const file = createReadStream(path);
  // `pipeline` passes the errors of the file on to the stream that is read.
  const stream = path.endsWith('.gz') ? pipeline(file, createGunzip(), () => {}) : file;
  stream.setEncoding('utf8');
  let rest = '';
  let number = 0;
  try {
    for await (const chunk of stream) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() as string;
      for (const line of lines) yield [line, ++number];
    }
  } catch (error) {
    throw error instanceof UserError ? error : fileError('read', path, error);
  }
  if (rest !== '') yield [rest, ++number];
}

/** The fields of each line; throws a UserError for one that has too few or an empty one. */
async function* readRecords(
  path: string,
  format: Format,
): AsyncGenerator<[string[], number, Layout]> {
  let layout: Layout | undefined;
  let records = 0;
  for await (const [line, number] of readLines(path)) {
    if (line.trim() === '') continue;
    if (!layout) {
      layout = layoutOf(path, format, line);
      if (layout.header) {
        expectHeader(path, line, layout);
        continue;
      }
    }
    const fields = line.split(layout.separator).map((field) => field.trim());
    const { length } = layout.fields;
    if (fields.length !== length || fields.some((field) => field === '')) {
      throw new UserError(
        `${path} line ${number}: expected ${layout.fields.join(', ')}, got ${show(line)}`,
      );
    }
    records++;
    yield [fields, number, layout];
  }
  if (records === 0) throw new UserError(`${path}: expected interactions, got none`);
}

function expectHeader(path: string, line: string, { header, separator }: Layout): void {
  const expected = header?.join(separator);
  if (line.trim() === expected) return;
  throw new UserError(`${path} line 1: expected the header ${expected}, got ${show(line)}`);
}

/**
 * Reads distinct (user, item) pairs. Throws a UserError naming the file, and the line where one
 * is not as its layout says.
 */
export async function readInteractions(
  path: string,
  format: Format,
  { minRating = 0 }: ReadOptions = {},
): Promise<Interactions> {
  const collector = new InteractionCollector();
  for await (const [fields, number, layout] of readRecords(path, format)) {
    if (layout.rating !== undefined) {
      const rating = Number(fields[layout.rating]);
      if (!Number.isFinite(rating)) {
        throw new UserError(
          `${path} line ${number}: expected a rating, got ${show(fields[layout.rating])}`,
        );
      }
      if (rating < minRating) continue;
    }
    collector.add(fields[layout.user], fields[layout.item]);
  }
  const interactions = collector.finish();
  if (interactions.userOf.length > 0) return interactions;
  throw new UserError(`${path}: no rating reaches ${minRating}: lower the minimum`);
}

/** Ids end here without a meta.json, so that a mistaken one is an error and not a huge matrix. */
const largestId = 2 ** 24;

/**
 * Reads zero-based (user, item) ids from a `uid,sid` file. Throws a UserError naming the file and
 * line of an id that is not a whole number, or is not below its limit.
 */
export async function readIds(
  path: string,
  limits: { readonly users?: number; readonly items?: number },
): Promise<[number, number][]> {
  const pairs: [number, number][] = [];
  const id = (name: string, field: string, line: number, limit = largestId): number => {
    if (/^\d+$/.test(field) && Number(field) < limit) return Number(field);
    throw new UserError(
      `${path} line ${line}: expected ${name} from 0 to ${limit - 1}, got ${show(field)}; ` +
        `number ids from 0 without gaps, as ${basename(path)}'s meta.json has them`,
    );
  };
  for await (const [[user, item], line] of readRecords(path, 'csv')) {
    pairs.push([id('uid', user, line, limits.users), id('sid', item, line, limits.items)]);
  }
  return pairs;
}
