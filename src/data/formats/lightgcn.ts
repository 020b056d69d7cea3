/** @file The format `lightgcn`: a user and all its items a line, as LightGCN and NGCF read them. */

import { UserError } from '../../errors.ts';
import { rowOf } from '../sparse.ts';
import type { InteractionFormat, Table } from './format.ts';
import { quoted, readBlocks } from './lines.ts';
import type { Rows } from './rows.ts';

/** Numbers between spaces; a line of a user alone is a user without items. */
export const lightgcn: InteractionFormat = {
  about: 'LightGCN and NGCF: user item item …, numbers between spaces, one user a line',
  sniff: (lines) => {
    const records = lines.map((line) => line.trim().split(/ +/));
    const isWhole = records.every((fields) => fields.every((field) => /^\d+$/.test(field)));
    const users = new Set(records.map(([user]) => user));
    const lengths = new Set(records.map((fields) => fields.length));
    // Lines of one length may be of another format, `user item rating` for example.
    return isWhole && users.size === records.length && lengths.size > 1;
  },
  read: async (path, options, rows) => {
    if (options.minRating !== undefined || options.times) {
      const what = options.times ? 'times' : 'ratings';
      throw new UserError(`${path}: lightgcn has no ${what}: leave out what asks for them`);
    }
    const seen = new Set<string>();
    for await (const { text, line } of readBlocks(path)) {
      text.split('\n').forEach((one, i) => {
        addLine(path, one, line + i, seen, rows);
      });
    }
    return `a user and its items a line, between spaces; ${seen.size} lines`;
  },
  writer: { numbered: true, fileName: (part) => `${part}.txt`, contents: lines },
};

function addLine(path: string, text: string, line: number, seen: Set<string>, rows: Rows): void {
  const fields = text.split(/[ \r]+/).filter((field) => field !== '');
  if (fields.length === 0) return;
  const wrong = fields.find((field) => !/^(0|[1-9]\d*)$/.test(field));
  if (wrong !== undefined) {
    throw new UserError(
      `${path} line ${line}: expected a user and its items as numbers, got ${quoted(wrong)}`,
    );
  }
  const [user, ...items] = fields;
  if (seen.has(user)) {
    throw new UserError(`${path} line ${line}: user ${user} has a line already: join the two`);
  }
  seen.add(user);
  for (const item of items) rows.add(user, item, line);
}

function* lines({ clicks, users, items }: Table): Generator<string> {
  for (let user = 0; user < clicks.rows; user++) {
    const names = Array.from(rowOf(clicks, user), (item) => items[item]);
    // The published reader takes the largest item of each line, and fails on a user alone.
    if (names.length > 0) yield `${[users[user], ...names].join(' ')}\n`;
  }
}
