/** @file The format `csv`: clicks under the header `uid,sid`, as data folders hold them. */

import { basename } from 'node:path';
import { UserError } from '../../errors.ts';
import { type InteractionFormat, type Layout, readRecords } from './layout.ts';
import { quoted } from './lines.ts';

const fields = ['uid', 'sid'];
const layout: Layout = { separator: ',', header: fields, fields, user: 0, item: 1 };

/** Clicks as `uid,sid`, the layout of the code that Tang, Wen & Wang (2020) published. */
export const csv: InteractionFormat = {
  about: 'clicks under the header uid,sid',
  layout: () => layout,
  expected: 'the header uid,sid',
};

/** The limit of ids without a meta.json, so that a wrong id is an error and not a huge matrix. */
const defaultLimit = 2 ** 24;

/**
 * Reads zero-based (user, item) ids. Throws a UserError that names the file and the line of an id
 * that is not a whole number below its limit.
 */
export async function readIds(
  path: string,
  limits: { readonly users?: number; readonly items?: number },
): Promise<[user: number, item: number][]> {
  const pairs: [number, number][] = [];
  const id = (name: string, field: string, line: number, limit = defaultLimit): number => {
    if (/^\d+$/.test(field) && Number(field) < limit) return Number(field);
    throw new UserError(
      `${path} line ${line}: expected ${name} from 0 to ${limit - 1}, got ${quoted(field)}; ` +
        `number ids from 0 without gaps, as ${basename(path)}'s meta.json has them`,
    );
  };
  for await (const {
    fields: [user, item],
    line,
  } of readRecords(path, csv)) {
    pairs.push([id('uid', user, line, limits.users), id('sid', item, line, limits.items)]);
  }
  return pairs;
}
