/** @file The format `recbole`: RecBole's atomic files `.inter`, with typed names in the header. */

import { UserError } from '../../errors.ts';
import { firstRecord, type Layout, readDelimited } from './delimited.ts';
import type { InteractionFormat } from './format.ts';
import { quoted } from './lines.ts';
import { recordOf } from './records.ts';
import { tableWriter } from './table.ts';

const separation = { separator: '\t', quotes: true };
const types = /:(token|token_seq|float|float_seq)$/;

/** Interactions as RecBole reads them. Clicks are written without ratings, which it reads as such. */
export const recbole: InteractionFormat = {
  about: 'RecBole .inter: tabs, under user_id:token, item_id:token, rating:float, …',
  sniff: ([first]) => first.includes('\t') && first.split('\t').every((name) => types.test(name)),
  read: (path, options, rows) =>
    readDelimited(path, options, rows, (...head) => recboleLayout(path, ...head)),
  writer: tableWriter({
    fileName: (part, name) => (part === 'fakes' ? 'fakes.inter' : `${name}.${part}.inter`),
    head: 'user_id:token\titem_id:token',
    row: (user, item) => recordOf([user, item], '\t'),
  }),
};

function recboleLayout(path: string, lines: readonly string[], line: number): Layout {
  const fields = firstRecord(path, lines, separation, line);
  const [user, item] = ['user_id:token', 'item_id:token'].map((name) => fields.indexOf(name));
  if (user < 0 || item < 0) {
    throw new UserError(
      `${path} line ${line}: expected user_id:token and item_id:token between tabs, got ${quoted(lines[0])}`,
    );
  }
  const [rating, time] = ['rating:float', 'timestamp:float'].map((name) => fields.indexOf(name));
  const optional = { ...(rating >= 0 && { rating }), ...(time >= 0 && { time }) };
  return { ...separation, header: true, fields, user, item, ...optional };
}
