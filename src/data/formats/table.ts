/** @file Writers of tables: one line a click. */

import { UserError } from '../../errors.ts';
import { rowOf } from '../sparse.ts';
import type { Table, Writer } from './format.ts';

/** How a table is written, one line a click. */
interface TableOptions {
  readonly fileName: Writer['fileName'];
  /** The first line, if it is no click. */
  readonly head?: string;
  /** The line of a click, of ids or, where `numbered`, of inner numbers. */
  readonly row: (user: string, item: string) => string;
  /** What an id must not hold, and its name: `a space`. */
  readonly forbidden?: { readonly pattern: RegExp; readonly name: string };
  readonly numbered?: boolean;
  readonly note?: string;
}

/** A writer of one line a click, by users and in them by items. */
export const tableWriter = (options: TableOptions): Writer => {
  const { fileName, numbered = false, note } = options;
  return {
    fileName,
    numbered,
    ...(note && { note }),
    contents: (table) => {
      if (!numbered) expectIds(table, options);
      return lines(table, options);
    },
  };
};

function expectIds({ users, items }: Table, { forbidden }: TableOptions): void {
  if (!forbidden) return;
  const id = [...users, ...items].find((one) => forbidden.pattern.test(one));
  if (id === undefined) return;
  throw new UserError(
    `the id ${JSON.stringify(id)} holds ${forbidden.name}, which this format cannot: choose a ` +
      'format with inner numbers, such as lightgcn, or csv',
  );
}

/** The lines in pieces: with those of a few users at a time, memory does not grow with the table. */
function* lines({ clicks, users, items }: Table, { head, row }: TableOptions): Generator<string> {
  let piece = head === undefined ? '' : `${head}\n`;
  for (let user = 0; user < clicks.rows; user++) {
    for (const item of rowOf(clicks, user)) piece += `${row(users[user], items[item])}\n`;
    if (piece.length < 2 ** 16) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
