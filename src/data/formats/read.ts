/** @file The formats by name, and the reading of a file of any of them. */

import { UserError } from '../../errors.ts';
import type { Interactions } from '../interactions.ts';
import { arlib, sdlib } from './arlib.ts';
import { csv } from './csv.ts';
import { headLength } from './delimited.ts';
import type { InteractionFormat } from './format.ts';
import { gowalla } from './gowalla.ts';
import { withListedIds } from './id-lists.ts';
import { legup } from './legup.ts';
import { lightgcn } from './lightgcn.ts';
import { firstLines, quoted } from './lines.ts';
import { movielens } from './movielens.ts';
import type { ReadOptions } from './read-options.ts';
import { recbole } from './recbole.ts';
import { type RowCounts, Rows } from './rows.ts';
import { npz } from './scipy.ts';
import { vat } from './vat.ts';

/** The name of a format. */
export type Format =
  | 'csv'
  | 'movielens'
  | 'gowalla'
  | 'recbole'
  | 'lightgcn'
  | 'arlib'
  | 'sdlib'
  | 'legup'
  | 'vat'
  | 'npz';

/** The formats by name. The first that a file looks like is taken, where none is named. */
export const formats: { readonly [name in Format]: InteractionFormat } = {
  npz,
  vat,
  recbole,
  movielens,
  gowalla,
  csv,
  legup,
  arlib,
  sdlib,
  lightgcn,
};

/** What was understood of a file. */
export interface Understood extends RowCounts {
  readonly file: string;
  readonly format: Format;
  /** The layout of the file in words. */
  readonly layout: string;
  readonly users: number;
  readonly items: number;
}

/** Interactions, and how they were read. */
export type ReadInteractions = Interactions & { readonly understood: Understood };

/**
 * Reads distinct (user, item) pairs; the format `auto` is what the first lines look like. Memory
 * grows with the interactions by 8 bytes each (16 with times) and with the ids. Throws a UserError
 * that names the file, and the line that does not fit the format.
 */
export async function readInteractions(
  path: string,
  format: Format | 'auto' = 'auto',
  options: ReadOptions = {},
): Promise<ReadInteractions> {
  const name = format === 'auto' ? await sniffFormat(path, options) : format;
  expectOptions(path, name, options);
  const rows = new Rows(path, options);
  const layout = await formats[name].read(path, options, rows);
  const { counts, ...read } = rows.finish();
  const isNumbered = formats[name].writer?.numbered ?? false;
  const interactions = isNumbered ? await withListedIds(path, read) : read;
  const sizes = { users: read.users.length, items: read.items.length };
  return { ...interactions, understood: { file: path, format: name, layout, ...sizes, ...counts } };
}

/** The layout that options name is that of the format `csv`. */
function expectOptions(path: string, format: Format, options: ReadOptions): void {
  if (format === 'csv') return;
  const given = (['separator', 'header', 'columns'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (given === undefined) return;
  throw new UserError(
    `${path}: ${given} goes with the format csv, not ${format}, whose layout is fixed: leave it out`,
  );
}

async function sniffFormat(path: string, options: ReadOptions): Promise<Format> {
  const { separator, header, columns } = options;
  if (separator !== undefined || header !== undefined || columns !== undefined) return 'csv';
  const all = await sniffedLines(path);
  const isFilled = (line: string) => line.trim() !== '';
  const lines = all.filter(isFilled);
  if (lines.length === 0) throw new UserError(`${path}: expected interactions, got none`);
  const names = Object.keys(formats) as Format[];
  const found = names.find((name) => formats[name].sniff(lines));
  if (found) return found;
  throw new UserError(
    `${path} line ${all.findIndex(isFilled) + 1}: of no format that is known by its first lines, ` +
      `got ${quoted(lines[0])}: ` +
      `name the format (--format ${names.join(', ')}), or the columns (--columns)`,
  );
}

/** The first lines of a text file; of a zip its first bytes. */
async function sniffedLines(path: string): Promise<string[]> {
  if (path.endsWith('.npz')) return ['PK\u0003\u0004'];
  return firstLines(path, headLength);
}
