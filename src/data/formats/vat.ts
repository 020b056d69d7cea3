/** @file The format `vat`: the attack files of VAT, fake users and targets as JSON. */

import { z } from 'zod';
import { UserError } from '../../errors.ts';
import { readText } from '../files.ts';
import { parseAs } from '../json.ts';
import { rowOf } from '../sparse.ts';
import type { InteractionFormat, Table } from './format.ts';

const id = z.string().min(1);
const schema = z.looseObject({
  target_items: z.array(id),
  fake_users: z.record(id, z.array(id)),
});

/** The items of fake users by name, and the items that they are for. */
export const vat: InteractionFormat = {
  about: 'VAT: fake users and target items as JSON',
  sniff: ([first]) => first.trimStart().startsWith('{'),
  read: async (path, options, rows) => {
    if (options.minRating !== undefined || options.times) {
      throw new UserError(`${path}: vat has no ratings and no times: leave out what asks for them`);
    }
    const users = Object.entries((await readVat(path)).fake_users);
    for (const [user, items] of users) {
      if (items.length === 0) {
        throw new UserError(`${path}: field fake_users: ${user} has no items: leave it out`);
      }
      for (const item of items) rows.add(user, item, 1);
    }
    return `JSON of ${users.length} fake users`;
  },
  writer: {
    numbered: false,
    parts: ['fakes'],
    fileName: () => 'fakes.json',
    contents: json,
  },
};

/** The ids of the items that the fake users of a file are for. Throws a UserError that names it. */
export const readVatTargets = async (path: string): Promise<readonly string[]> =>
  (await readVat(path)).target_items;

async function readVat(path: string): Promise<z.infer<typeof schema>> {
  return parseAs(path, await readText(path), schema);
}

function json({ clicks, users, items, targets = [] }: Table): string {
  const itemsOf = (row: number) => Array.from(rowOf(clicks, row), (item) => items[item]);
  const fakes = Object.fromEntries(users.map((user, row) => [user, itemsOf(row)]));
  return `${JSON.stringify({ fake_users: fakes, target_items: targets }, null, 1)}\n`;
}
