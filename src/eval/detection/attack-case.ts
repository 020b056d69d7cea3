/** @file An attack among genuine users, as detectors are judged on it. */

import { type SparseMatrix, stackRows } from '../../data/portable.ts';
import { UserError } from '../../errors.ts';

/** Fake users to be found among the genuine ones. */
export interface AttackCase {
  readonly name: string;
  /** Attacks of one method are not other attacks to one another, whatever their seeds. */
  readonly method: string;
  readonly fakes: SparseMatrix;
  /** The items that they promote, for detectors that are told. */
  readonly targets?: readonly number[];
}

/** The clicks of genuine users and of an attack. */
export interface Poisoned {
  readonly attack: AttackCase;
  readonly clicks: SparseMatrix;
  readonly genuine: number;
}

/** Puts an attack below the genuine users. Throws a UserError if it does not fit them. */
export function poisoned(train: SparseMatrix, attack: AttackCase): Poisoned {
  const { fakes, name } = attack;
  if (fakes.rows === 0) throw new UserError(`${name}: expected fake users, got none`);
  if (fakes.columns !== train.columns) {
    throw new UserError(
      `${name}: fake users over ${fakes.columns} items do not fit the ${train.columns} of the data`,
    );
  }
  return { attack, clicks: stackRows(train, fakes), genuine: train.rows };
}
