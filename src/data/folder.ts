/** @file Data folders: train.csv, test.csv (or .csv.gz), meta.json, and the ids of the source. */

import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import type { DataSet } from './data-set.ts';
import { makeFolder, readText, removeFile, writeAtomically } from './files.ts';
import { readIds } from './formats/csv.ts';
import { fromPairs, rowOf, type SparseMatrix } from './sparse.ts';

const metaSchema = z.looseObject({
  users: z.number().int().positive().optional(),
  items: z.number().int().positive().optional(),
});

/** The files of the ids that users and items have in the source, one a line in inner order. */
const labelFiles = { users: 'users.txt', items: 'items.txt' };

/**
 * Reads a data folder. Without a meta.json its largest ids are the size of the data. Throws a
 * UserError that names the file and the line that is wrong, or the user without a click to train
 * on.
 */
export async function readDataFolder(path: string): Promise<DataSet> {
  const meta = await readMeta(join(path, 'meta.json'));
  const trainFile = findTable(path, 'train');
  const train = await readIds(trainFile, meta);
  const test = await readIds(findTable(path, 'test'), meta);
  let users = meta.users ?? 0;
  let items = meta.items ?? 0;
  for (const [user, item] of [...train, ...test]) {
    users = Math.max(users, user + 1);
    items = Math.max(items, item + 1);
  }
  const matrix = fromPairs(train, users, items);
  expectClicks(trainFile, matrix);
  return {
    name: basename(resolve(path)),
    train: matrix,
    test: fromPairs(test, users, items),
    ...(await readLabels(path, { users, items })),
  };
}

function expectClicks(path: string, { indptr }: SparseMatrix): void {
  const idle = indptr.subarray(1).findIndex((end, user) => end === indptr[user]);
  if (idle < 0) return;
  throw new UserError(
    `${path}: user ${idle} has no clicks: number users from 0 without gaps and leave ` +
      'each at least one, as data prepare does',
  );
}

async function readMeta(path: string): Promise<z.infer<typeof metaSchema>> {
  if (!existsSync(path)) return {};
  let raw: unknown;
  try {
    raw = JSON.parse(await readText(path));
  } catch (error) {
    throw new UserError(`${path}: not JSON: ${(error as Error).message}`);
  }
  const result = metaSchema.safeParse(raw);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new UserError(`${path}: field ${issue.path.join('.') || '(root)'}: ${issue.message}`);
}

function findTable(folder: string, name: 'train' | 'test'): string {
  const candidates = [join(folder, `${name}.csv`), join(folder, `${name}.csv.gz`)];
  const found = candidates.find((path) => existsSync(path));
  if (found) return found;
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
    const other = lines.get(id);
    if (other !== undefined) {
      throw new UserError(`${path} line ${number + 1}: ${id} is the id of line ${other + 1} too`);
    }
    lines.set(id, number);
  }
  return ids;
}

/**
 * Writes a data folder. meta.json, which says how the data were made, comes last. Throws a
 * UserError that names the file that could not be written.
 */
export async function writeDataFolder(path: string, data: DataSet, source: object): Promise<void> {
  await makeFolder(path);
  const { train, test } = data;
  await writeAtomically(join(path, 'train.csv'), table(train));
  await writeAtomically(join(path, 'test.csv'), table(test));
  for (const side of ['users', 'items'] as const) {
    const [file, ids] = [join(path, labelFiles[side]), data[side]];
    // A folder that is written again must not keep the ids of the data before.
    if (ids) await writeAtomically(file, `${ids.join('\n')}\n`);
    else await removeFile(file);
  }
  const { rows: users, columns: items } = train;
  const counts = { users, items, train: train.indices.length, test: test.indices.length };
  const meta = { ...counts, source };
  await writeAtomically(join(path, 'meta.json'), `${JSON.stringify(meta, null, 2)}\n`);
}

function table(matrix: SparseMatrix): string {
  const lines = ['uid,sid'];
  for (let user = 0; user < matrix.rows; user++) {
    for (const item of rowOf(matrix, user)) lines.push(`${user},${item}`);
  }
  return `${lines.join('\n')}\n`;
}
