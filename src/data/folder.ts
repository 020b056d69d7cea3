/** @file Data folders: train.csv, test.csv (or .csv.gz), meta.json, and the ids of the source. */

import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { makeFolder } from '../files.ts';
import type { DataSet } from './data-set.ts';
import { expectDisjoint } from './disjoint.ts';
import {
  type NewFile,
  readText,
  removeEmptyFolder,
  removeFile,
  writeAtomically,
  writeTogether,
} from './files.ts';
import { expectDigests, metaOf, readMeta, unfinishedMeta } from './folder-meta.ts';
import { readTable, tableLines } from './folder-tables.ts';
import { fromColumns } from './sparse.ts';

/** The files of the ids that users and items have in the source, one a line in inner order. */
const labelFiles = { users: 'users.txt', items: 'items.txt' };

/** How a data folder is read. */
export interface FolderOptions {
  /** Whether the folder may lack a table of test clicks: there are none then. Default false. */
  readonly testMayLack?: boolean;
}

/**
 * Reads a data folder. Without a meta.json its largest ids are the size of the data. Throws a
 * UserError that names the file and the line that is wrong, the user without a click to train on,
 * a click that is in both tables, a table that is not the one that meta.json has the digest of, or a
 * folder that was not written to its end.
 */
export async function readDataFolder(
  path: string,
  { testMayLack = false }: FolderOptions = {},
): Promise<DataSet> {
  const lacksTest = testMayLack && tablesOf(path, 'test').length === 0;
  const files = {
    train: findTable(path, 'train'),
    test: lacksTest ? undefined : findTable(path, 'test'),
  };
  const meta = await readMeta(join(path, 'meta.json'));
  const train = await readTable(files.train, meta, false);
  const test = files.test ? await readTable(files.test, meta, true) : noClicks;
  const users = meta.users ?? sizeOf(train.userOf, test.userOf);
  const items = meta.items ?? sizeOf(train.itemOf, test.itemOf);
  expectClicks(files.train, train.userOf, users);
  const labels = await readLabels(path, { users, items });
  const data = {
    name: basename(resolve(path)),
    train: fromColumns(train.userOf, train.itemOf, users, items),
    test: fromColumns(test.userOf, test.itemOf, users, items),
    ...labels,
  };
  expectDigests(files, data, meta);
  expectDisjoint(path, data);
  return data;
}

const noClicks = { userOf: new Int32Array(), itemOf: new Int32Array() };

const sizeOf = (...columns: readonly Int32Array[]): number =>
  columns.reduce((size, column) => column.reduce((most, id) => Math.max(most, id + 1), size), 0);

/** Before anything of the size of `users` is made: a user below the count of clicks has none then. */
function expectClicks(path: string, userOf: Int32Array, users: number): void {
  const seen = new Uint8Array(Math.min(users, userOf.length + 1));
  for (const user of userOf) if (user < seen.length) seen[user] = 1;
  const idle = seen.indexOf(0);
  if (idle < 0) return;
  throw new UserError(
    `${path}: user ${idle} has no clicks: number users from 0 without gaps and leave ` +
      'each at least one, as data prepare does',
  );
}

const tablesOf = (folder: string, name: 'train' | 'test'): string[] =>
  [join(folder, `${name}.csv`), join(folder, `${name}.csv.gz`)].filter((path) => existsSync(path));

function findTable(folder: string, name: 'train' | 'test'): string {
  const found = tablesOf(folder, name);
  if (found.length === 1) return found[0];
  if (found.length > 1) {
    throw new UserError(`${folder}: there are ${name}.csv and ${name}.csv.gz: delete one`);
  }
  throw new UserError(
    `${folder}: there is no ${name}.csv or ${name}.csv.gz: make one by data prepare`,
  );
}

/** The ids of users and items, where the folder has them. */
async function readLabels(folder: string, sizes: { users: number; items: number }) {
  const labels: { users?: string[]; items?: string[] } = {};
  for (const side of ['users', 'items'] as const) {
    const path = join(folder, labelFiles[side]);
    if (existsSync(path)) labels[side] = parseLabels(path, await readText(path), sizes[side]);
  }
  return labels;
}

function parseLabels(path: string, text: string, size: number): string[] {
  const ids = text.replace(/\r?\n$/, '').split(/\r?\n/);
  if (ids.length !== size) {
    throw new UserError(`${path}: expected ${size} ids, one a line, got ${ids.length}`);
  }
  const lines = new Map<string, number>();
  for (const [number, id] of ids.entries()) {
    if (id === '') throw new UserError(`${path} line ${number + 1}: expected an id, got none`);
    const other = lines.get(id);
    if (other !== undefined) {
      throw new UserError(`${path} line ${number + 1}: ${id} is the id of line ${other + 1} too`);
    }
    lines.set(id, number);
  }
  return ids;
}

/** One id a line. A mark of the byte order that an id begins with is not taken for the file's. */
function labelText(ids: readonly string[]): string {
  const text = `${ids.join('\n')}\n`;
  return text.startsWith('\uFEFF') ? `\uFEFF${text}` : text;
}

/**
 * Writes a data folder, `more` files with it. A folder that is there is replaced when all files are
 * written: until then it holds the data before, and if it is interrupted while they are renamed,
 * its meta.json says that it is not whole. meta.json, which says how the data were made, comes
 * last. Throws a UserError that names the file that could not be written.
 */
export async function writeDataFolder(
  path: string,
  data: DataSet,
  source: object,
  more: readonly { readonly name: string; readonly contents: Uint8Array }[] = [],
): Promise<void> {
  await makeFolder(path);
  const meta = join(path, 'meta.json');
  const labels = (['users', 'items'] as const).flatMap((side): NewFile[] => {
    const ids = data[side];
    return ids ? [{ path: join(path, labelFiles[side]), contents: labelText(ids) }] : [];
  });
  const files: NewFile[] = [
    { path: join(path, 'train.csv'), contents: tableLines(data.train) },
    { path: join(path, 'test.csv'), contents: tableLines(data.test) },
    ...labels,
    ...more.map(({ name, contents }) => ({ path: join(path, name), contents })),
    { path: meta, contents: metaOf(data, source) },
  ];
  try {
    await writeTogether(files, async () => {
      await writeAtomically(meta, unfinishedMeta);
      // A folder that is written again must not keep tables or ids of the data before.
      const names = ['train.csv.gz', 'test.csv.gz', ...Object.values(labelFiles)];
      for (const name of names) await removeFile(join(path, name));
    });
  } finally {
    await removeEmptyFolder(path);
  }
}
