/** @file The meta.json of a data folder: its sizes, the digests of its clicks, where they are from. */

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import type { DataSet } from './data-set.ts';
import { digestOf } from './digest.ts';
import { readText } from './files.ts';
import { parseAs, parseJson } from './json.ts';

/** More users or items than that are refused, before anything is made for them. */
const sizeLimit = 2 ** 27;

const size = z.number().int().positive().max(sizeLimit);
const count = z.number().int().nonnegative();
const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** What data prepare and data synthetic write. The version changes with the format. */
const schema = z.looseObject({
  version: z.literal(1),
  complete: z.literal(true),
  users: size,
  items: size,
  train: count,
  test: count,
  digests: z.object({ train: digest, test: digest }),
});

/** A meta.json that was made by hand or before there was a version tells the sizes alone. */
const bareSchema = z.looseObject({ users: size.optional(), items: size.optional() });

/** What is there while the files of a folder are being replaced. */
const unfinishedSchema = z.object({ version: z.literal(1), complete: z.literal(false) });

/** What a meta.json says. */
export interface Meta {
  readonly users?: number;
  readonly items?: number;
  readonly digests?: { readonly train: string; readonly test: string };
}

/**
 * Reads a meta.json, where there is one. Throws a UserError that names the file and the field, or
 * says that the folder was never finished.
 */
export async function readMeta(path: string): Promise<Meta> {
  if (!existsSync(path)) return {};
  const text = await readText(path);
  const raw = parseJson(path, text);
  const isVersioned = typeof raw === 'object' && raw !== null && 'version' in raw;
  if (isVersioned && unfinishedSchema.safeParse(raw).success) {
    throw new UserError(`${path}: the folder was not written to its end: make it again`);
  }
  return isVersioned ? parseAs(path, text, schema) : parseAs(path, text, bareSchema);
}

/** The digests of the clicks; those of the ids, where there are any, are in that of the train clicks. */
const digestsOf = ({ train, test, users, items }: DataSet) => ({
  train: digestOf(train, users || items ? { users, items } : undefined),
  test: digestOf(test),
});

/** The meta.json of a data set; `source` says how the data were made. */
export function metaOf(data: DataSet, source: object): string {
  const { train, test } = data;
  const meta = {
    version: 1,
    complete: true,
    users: train.rows,
    items: train.columns,
    train: train.indices.length,
    test: test.indices.length,
    digests: digestsOf(data),
    source,
  };
  return `${JSON.stringify(meta, null, 2)}\n`;
}

/** The meta.json of a folder whose files are being replaced. */
export const unfinishedMeta = `${JSON.stringify({ version: 1, complete: false })}\n`;

/**
 * Throws a UserError that names the table whose clicks are not those that the meta.json is about;
 * for the train clicks their ids may be others. A table that is not read is not compared: the
 * meta.json of a folder without test clicks is about one that had them.
 */
export function expectDigests(
  files: { readonly train: string; readonly test?: string },
  data: DataSet,
  { digests }: Meta,
): void {
  if (!digests) return;
  const found = digestsOf(data);
  const changed = (['train', 'test'] as const).find(
    (part) => files[part] !== undefined && found[part] !== digests[part],
  );
  if (!changed) return;
  const what = changed === 'train' && (data.users || data.items) ? 'clicks or their ids' : 'clicks';
  throw new UserError(
    `${files[changed]}: its ${what} are not those that meta.json has the digest of: make the ` +
      'folder again by data prepare, or delete meta.json if you changed the clicks on purpose',
  );
}
