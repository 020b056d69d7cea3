/** @file The tables of data folders: clicks by inner numbers under the header `uid,sid`. */

import { UserError } from '../errors.ts';
import { int32Column } from './columns.ts';
import { quoted, readBlocks } from './formats/lines.ts';
import { RecordScanner } from './formats/records.ts';
import { rowOf, type SparseMatrix } from './sparse.ts';

/** The clicks of a table: click `i` is of the user `userOf[i]` and the item `itemOf[i]`. */
export interface Clicks {
  readonly userOf: Int32Array;
  readonly itemOf: Int32Array;
}

/** The limit of ids without a meta.json, so that a wrong id is an error and not a huge matrix. */
const defaultLimit = 2 ** 24;

/**
 * Reads a table, plain or `.gz`. Throws a UserError that names the file and the line of an id that is
 * not a whole number below its limit. A table may be without clicks only where `mayBeEmpty`.
 */
export async function readTable(
  path: string,
  limits: { readonly users?: number; readonly items?: number },
  mayBeEmpty: boolean,
): Promise<Clicks> {
  const [userOf, itemOf] = [int32Column(), int32Column()];
  const id = (name: string, field: string, line: number, limit = defaultLimit): number => {
    if (/^\d+$/.test(field) && Number(field) < limit) return Number(field);
    throw new UserError(
      `${path} line ${line}: expected ${name} from 0 to ${limit - 1}, got ${quoted(field)}; ` +
        'number ids from 0 without gaps, as data prepare does',
    );
  };
  let records = 0;
  const scanner = new RecordScanner(path, { separator: ',', quotes: true });
  const onRecord = (fields: readonly string[], line: number, text: string): void => {
    if (records++ === 0) {
      if (fields.join() === 'uid,sid') return;
      throw new UserError(`${path} line ${line}: expected the header uid,sid, got ${quoted(text)}`);
    }
    const [user, item] = fields;
    if (fields.length !== 2 || user === '' || item === '') {
      throw new UserError(`${path} line ${line}: expected uid, sid, got ${quoted(text)}`);
    }
    userOf.push(id('uid', user, line, limits.users));
    itemOf.push(id('sid', item, line, limits.items));
  };
  for await (const block of readBlocks(path)) scanner.scan(block, onRecord);
  scanner.finish();
  if (records === 0) throw new UserError(`${path}: expected the header uid,sid, got an empty file`);
  if (records === 1 && !mayBeEmpty) throw new UserError(`${path}: expected interactions, got none`);
  return { userOf: userOf.take(), itemOf: itemOf.take() };
}

/** The contents of a table, in pieces. */
export function* tableLines(matrix: SparseMatrix): Generator<string> {
  let piece = 'uid,sid\n';
  for (let user = 0; user < matrix.rows; user++) {
    for (const item of rowOf(matrix, user)) piece += `${user},${item}\n`;
    if (piece.length < 2 ** 16) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
