/** @file The target items of fake users in a file: those of their record, or those that are given. */

import type { DataSet } from '../data/index.ts';
import { UserError } from '../errors.ts';
import type { StoredFakes } from '../eval/index.ts';
import { namesOf, targetsOf } from './ids.ts';

/** The options that name target items. */
interface TargetOptions {
  readonly targets?: string;
  readonly seed: number;
  readonly inner?: boolean;
}

/** Whether two lists have the same items, in whatever order. */
export function areSameItems(a: readonly number[], b: readonly number[]): boolean {
  const [left, right] = [a, b].map((items) => [...items].sort((x, y) => x - y).join());
  return left === right;
}

/** Items as an error names them. */
export const itemsText = (
  items: readonly number[],
  data: DataSet,
  { inner }: Pick<TargetOptions, 'inner'>,
): string => items.map(namesOf(data, 'items', inner).nameOf).join(', ') || 'none';

/**
 * The target items of fake users: those of the record beside them, else those of `--targets`. Throws
 * a UserError that names the file where there are neither, or where the two differ.
 */
export function targetsOfFakes(
  path: string,
  { record }: StoredFakes,
  data: DataSet,
  options: TargetOptions,
): number[] {
  const { targets: words, seed, inner } = options;
  const given = words === undefined ? undefined : targetsOf(words, data, seed, inner);
  const targets = record?.targets.map(({ item }) => item) ?? given;
  if (!targets) {
    throw new UserError(
      `${path}: there is no fakes.json beside it that names its target items: give --targets`,
    );
  }
  if (!given || areSameItems(given, targets)) return targets;
  const [its, others] = [targets, given].map((items) => itemsText(items, data, options));
  throw new UserError(`${path}: its target items are ${its}, not ${others}: leave --targets out`);
}
