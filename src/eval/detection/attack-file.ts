/** @file Fake users in a file of any format, for detectors. */

import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  type DataSet,
  type Format,
  formats,
  fromColumns,
  idMap,
  readInteractions,
  readVatTargets,
  type Understood,
} from '../../data/index.ts';
import { UserError } from '../../errors.ts';
import { expectStrangers } from '../files/check-fakes.ts';
import { readFakes } from '../files/fakes-file.ts';
import type { AttackCase } from './attack-case.ts';

/** An attack as read from a file. */
export interface AttackFile extends AttackCase {
  readonly path: string;
  /** What the fake users are called; undefined if the file does not say. */
  readonly labels?: readonly string[];
  /** What was understood of a file of another program. */
  readonly understood?: Understood;
}

/**
 * Reads fake users over the items of a data set: an .npz with its .json, if there is one, or a file
 * of any format that `data prepare` reads, whose users are all fake. Its name is that of the file,
 * and its method that of the record, by default the name without what tells files of one method
 * apart: `random_1` is of `random`. Throws a UserError that names the file, and the items that the
 * data do not have, or a user that they have; or that its numbers have no list of ids.
 */
export async function readAttackFile(
  path: string,
  data: DataSet,
  format: Format | 'auto' = 'auto',
): Promise<AttackFile> {
  const name = basename(path).replace(/\.(npz|json|inter|csv|txt|tsv|dat)(\.gz)?$/, '');
  const method = name.replace(/[-_.]?(seed)?[-_.]?\d+$/, '') || name;
  if (format === 'npz' || (format === 'auto' && path.endsWith('.npz'))) {
    const { fakes, record } = await readFakes(path, data);
    if (!record) return { path, name, method, fakes };
    const targets = record.targets.map(({ item }) => item);
    return { path, name, method: record.attack, fakes, targets, labels: record.labels };
  }
  const { users, items, userOf, itemOf, understood } = await readInteractions(path, format);
  expectListed(path, understood, data);
  expectStrangers(path, users, data);
  const ids = idMap(data, 'items');
  const numbers = ids.numbersOf(items, path);
  const fakes = fromColumns(
    userOf,
    itemOf.map((item) => numbers[item]),
    users.length,
    ids.size,
  );
  const attack = { path, name, method, fakes, labels: users, understood };
  if (understood.format !== 'vat') return attack;
  const targets = ids.numbersOf(await readVatTargets(path), `${path}: field target_items`);
  return { ...attack, targets };
}

/** Throws a UserError for items by number that no list beside the file gives the data's ids of. */
function expectListed(path: string, { format }: Understood, { items }: DataSet): void {
  // Numbers of another program may look like ids of the data, and be of other items.
  if (!items || !formats[format].writer?.numbered) return;
  if (existsSync(join(dirname(path), 'item_list.txt'))) return;
  throw new UserError(
    `${path}: beside its numbers there is no item_list.txt of their ids, such as the program that ` +
      "wrote them has: put it there, or write the fake users by the data's ids, such as in csv",
  );
}
