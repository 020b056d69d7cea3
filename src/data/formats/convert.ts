/** @file Writes data sets and fake users in the formats of other programs. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { UserError } from '../../errors.ts';
import { makeFolder } from '../../files.ts';
import type { DataSet } from '../data-set.ts';
import { type NewFile, writeTogether } from '../files.ts';
import { idMap } from '../ids.ts';
import type { SparseMatrix } from '../sparse.ts';
import type { Part, Table, Writer } from './format.ts';
import { idList } from './id-lists.ts';
import { type Format, formats } from './read.ts';

/** Fake users: their clicks and, if they are known, their names and the items that they are for. */
export interface FakeUsers {
  readonly clicks: SparseMatrix;
  readonly names?: readonly string[];
  readonly targets?: readonly string[];
}

/** What was written. */
export interface Written {
  readonly files: readonly string[];
  /** What is not as in the data. */
  readonly note?: string;
}

/** The formats that can be written. */
export const writableFormats = (Object.keys(formats) as Format[]).filter(
  (name) => formats[name].writer,
);

/**
 * Writes the clicks to train on and those to test with, if there are any, into a folder, by the ids
 * of the source; beside a format of inner numbers lie lists of the ids. Throws a UserError for a
 * format that cannot hold them, and for a folder with lists of other ids or with a part that these
 * data lack.
 */
export async function writeDataSet(
  folder: string,
  data: DataSet,
  format: Format,
): Promise<Written> {
  const writer = writerOf(format);
  const ids = { users: allIds(data, 'users'), items: allIds(data, 'items') };
  const parts = (['train', 'test'] as const).filter((part) => data[part].indices.length > 0);
  const name = basename(resolve(folder));
  const files = parts.map((part) =>
    partFile(folder, name, format, part, { clicks: data[part], ...ids }),
  );
  const lists = writer.numbered
    ? [idList(folder, 'users', ids.users), idList(folder, 'items', ids.items)]
    : [];
  const stale = (['train', 'test'] as const)
    .filter((part) => !parts.includes(part))
    .map((part) => join(folder, writer.fileName(part, name)))
    .find((path) => existsSync(path));
  if (stale !== undefined) {
    throw new UserError(
      `${stale} is there, of other data, and these have no such part: choose another folder`,
    );
  }
  await expectSameLists(lists);
  return write(folder, [...files, ...lists], writer);
}

/**
 * Writes fake users over the items of a data set into a folder, by the ids of the source. In a
 * format of inner numbers they are numbered after the real users. Throws a UserError for a format
 * that cannot hold them, if they are over another number of items or one has no click, and for a
 * folder with lists of other ids.
 */
export async function writeFakeUsers(
  folder: string,
  data: DataSet,
  { clicks, names, targets }: FakeUsers,
  format: Format,
): Promise<Written> {
  const writer = writerOf(format);
  if (clicks.columns !== data.train.columns) {
    throw new UserError(
      `the fake users are over ${clicks.columns} items, the data have ${data.train.columns}: give ` +
        'the data that they were made for',
    );
  }
  const users = names ?? newNames(clicks.rows, new Set(allIds(data, 'users')));
  const idle = users.findIndex((_, row) => clicks.indptr[row] === clicks.indptr[row + 1]);
  if (idle >= 0) {
    throw new UserError(
      `the fake user ${users[idle]} has no click, so that files of clicks lose it: leave it out of ` +
        'the fake users, or give it one',
    );
  }
  const items = allIds(data, 'items');
  const table = { clicks, users, items, ...(targets && { targets }) };
  const first = writer.fakesFromZero ? 0 : data.train.rows;
  const file = partFile(folder, '', format, 'fakes', table, first);
  const lists = writer.numbered
    ? [idList(folder, 'users', users, first), idList(folder, 'items', items)]
    : [];
  await expectSameLists(lists);
  return write(folder, [file, ...lists], writer);
}

/** Throws a UserError if a list of other ids is there: numbers of files beside it would lose theirs. */
async function expectSameLists(lists: readonly NewFile[]): Promise<void> {
  for (const { path, contents } of lists) {
    if (!existsSync(path) || (await readFile(path, 'utf8')) === contents) continue;
    throw new UserError(
      `${path} is there and lists other ids, which files of numbers beside it are read by: choose ` +
        'another folder',
    );
  }
}

function writerOf(format: Format): Writer {
  const { writer } = formats[format];
  if (writer) return writer;
  throw new UserError(`${format} is not written: choose one of ${writableFormats.join(', ')}`);
}

const allIds = (data: DataSet, side: 'users' | 'items'): readonly string[] => {
  const { size, idOf } = idMap(data, side);
  return data[side] ?? Array.from({ length: size }, (_, number) => idOf(number));
};

/** Names of fake users that no real user has. */
function newNames(count: number, taken: ReadonlySet<string>): string[] {
  let prefix = 'fake';
  while ([...taken].some((id) => id.startsWith(prefix))) prefix += '_';
  return Array.from({ length: count }, (_, row) => `${prefix}-${row}`);
}

function partFile(
  folder: string,
  name: string,
  format: Format,
  part: Part,
  table: Table,
  firstUser = 0,
): NewFile {
  const writer = writerOf(format);
  if (writer.parts && !writer.parts.includes(part)) {
    throw new UserError(
      `${format} holds ${writer.parts.join(', ')} only, not ${part}: choose another format`,
    );
  }
  const numbersFrom = (from: number, ids: readonly string[]) => ids.map((_, i) => `${from + i}`);
  const named = writer.numbered
    ? { ...table, users: numbersFrom(firstUser, table.users), items: numbersFrom(0, table.items) }
    : table;
  return { path: join(folder, writer.fileName(part, name)), contents: writer.contents(named) };
}

async function write(
  folder: string,
  files: readonly NewFile[],
  { note }: Writer,
): Promise<Written> {
  await makeFolder(folder);
  await writeTogether(files);
  return { files: files.map(({ path }) => path), ...(note && { note }) };
}
