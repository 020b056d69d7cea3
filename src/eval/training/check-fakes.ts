/** @file A check of fake users that come from a file, before victims train on them. */

import type { DataSet, SparseMatrix } from '../../data/portable.ts';
import { UserError } from '../../errors.ts';

/**
 * Throws a UserError that names the file unless the fake users click the data's items, with entries
 * of 0 or 1.
 */
export function checkFakes(path: string, fakes: SparseMatrix, { name, train }: DataSet): void {
  if (fakes.columns !== train.columns) {
    throw new UserError(
      `${path}: fake users over ${fakes.columns} items do not fit the ${train.columns} items ` +
        `of ${name}: attack the same data that you evaluate on`,
    );
  }
  const wrong = fakes.values.findIndex((value) => value !== 0 && value !== 1);
  if (wrong >= 0) {
    throw new UserError(
      `${path}: expected clicks of 0 or 1, got ${fakes.values[wrong]} at entry ${wrong}: ` +
        'project the fake users first',
    );
  }
}
