/** @file A check of fake users that come from a file, before victims train on them. */

import type { DataSet, SparseMatrix } from '../../data/portable.ts';
import { UserError } from '../../errors.ts';

/**
 * Throws a UserError that names the file if one of its users is a user of the data: by id, or by
 * inner number where the data have no ids.
 */
export function expectStrangers(path: string, users: readonly string[], data: DataSet): void {
  const real = new Set(data.users ?? Array.from({ length: data.train.rows }, (_, i) => `${i}`));
  const taken = users.find((user) => real.has(user));
  if (taken === undefined) return;
  throw new UserError(`${path}: ${JSON.stringify(taken)} is a user of the data, not a fake one`);
}

/**
 * Throws a UserError that names the file unless there are fake users, and they click the data's
 * items, with entries of 0 or 1.
 */
export function checkFakes(path: string, fakes: SparseMatrix, { name, train }: DataSet): void {
  if (fakes.columns !== train.columns) {
    throw new UserError(
      `${path}: fake users over ${fakes.columns} items do not fit the ${train.columns} items ` +
        `of ${name}: attack the same data that you evaluate on`,
    );
  }
  if (fakes.rows === 0) throw new UserError(`${path}: there is no fake user in it`);
  const wrong = fakes.values.findIndex((value) => value !== 0 && value !== 1);
  if (wrong >= 0) {
    throw new UserError(
      `${path}: expected clicks of 0 or 1, got ${fakes.values[wrong]} at entry ${wrong}: ` +
        'project the fake users first',
    );
  }
}
