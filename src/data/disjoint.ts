/** @file Clicks to train on and clicks to test with must not be the same. */

import { UserError } from '../errors.ts';
import type { DataSet } from './data-set.ts';
import { idMap } from './ids.ts';
import { rowOf } from './sparse.ts';

/**
 * Throws a UserError that begins with `where` if clicks are in both `train` and `test`: it names the
 * first by the ids of the source and counts them.
 */
export function expectDisjoint(where: string, data: DataSet): void {
  const { train, test } = data;
  const inTrain = new Int32Array(train.columns).fill(-1);
  let count = 0;
  let first: [user: number, item: number] | undefined;
  for (let user = 0; user < train.rows; user++) {
    for (const item of rowOf(train, user)) inTrain[item] = user;
    for (const item of rowOf(test, user)) {
      if (inTrain[item] !== user) continue;
      count++;
      first ??= [user, item];
    }
  }
  if (!first) return;
  const user = JSON.stringify(idMap(data, 'users').idOf(first[0]));
  const item = JSON.stringify(idMap(data, 'items').idOf(first[1]));
  const clicks = count === 1 ? '1 click is' : `${count} clicks are`;
  throw new UserError(
    `${where}: ${clicks} in train and in test, such as that of user ${user} on item ${item}: ` +
      'take them out of one of the two, or split the data again by data prepare',
  );
}

/**
 * Throws a UserError if a data set has no clicks to test with, as one that was made without a split
 * has none. `command` is what asks for them.
 */
export function expectTest({ name, test }: DataSet, command: string): void {
  if (test.indices.length > 0) return;
  throw new UserError(
    `${command}: the data ${name} have no clicks to test with (data prepare --split none): ` +
      'prepare them with another split',
  );
}
