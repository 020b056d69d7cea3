/** @file The digest of a data set: tells files that were made of other data. */

import { z } from 'zod';
import { type DataSet, digestOf, type Ids } from '../../data/portable.ts';
import { UserError } from '../../errors.ts';

/** The digests of the clicks to train on, with the ids of users and items, and to test with. */
export interface DataDigest {
  readonly train: string;
  readonly test: string;
}

/** A SHA-256 in a file. */
export const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'expected a SHA-256, 64 hexadecimal digits');

/** A `DataDigest` in a file. */
export const dataDigestSchema = z.strictObject({ train: sha256, test: sha256 });

/** The digest of clicks to train on. Ids count where there are any. */
export const trainDigest = (train: DataSet['train'], ids: Ids = {}): string =>
  digestOf(train, ids.users || ids.items ? { users: ids.users, items: ids.items } : undefined);

/** The digest of a data set. */
export const dataDigest = (data: DataSet): DataDigest => ({
  train: trainDigest(data.train, data),
  test: digestOf(data.test),
});

/**
 * Throws a UserError that begins with `where` unless both digests are the same. `mend` says what to
 * do.
 */
export function expectSameData(
  where: string,
  made: Partial<DataDigest>,
  given: Partial<DataDigest>,
  mend: string,
): void {
  for (const part of ['train', 'test'] as const) {
    if (made[part] === undefined || made[part] === given[part]) continue;
    const clicks = { train: 'clicks or ids to train on', test: 'clicks to test with' }[part];
    throw new UserError(`${where}: was made of other data, whose ${clicks} differ: ${mend}`);
  }
}
