/** @file From the ids of the source to inner numbers and back. */

import { UserError } from '../errors.ts';
import type { DataSet } from './data-set.ts';

/** Which ids are meant: those of users, the rows, or those of items, the columns. */
export type Side = 'users' | 'items';

/** The ids of one side of a data set. */
export interface IdMap {
  /** How many there are. */
  readonly size: number;
  /** The id of an inner number. Throws a RangeError for a number that is not from 0 to `size - 1`. */
  idOf(number: number): string;
  /**
   * The inner numbers of ids, in their order. Throws a UserError that begins with `where` and names
   * the ids that are unknown, or one that comes twice.
   */
  numbersOf(ids: readonly string[], where: string): number[];
}

/** The ids of a side of a data set; where it has no labels, the ids are the inner numbers. */
export function idMap(data: DataSet, side: Side): IdMap {
  const labels = data[side];
  const size = side === 'users' ? data.train.rows : data.train.columns;
  const numbers = labels && new Map(labels.map((id, number) => [id, number]));
  const find = (id: string): number | undefined => {
    if (numbers) return numbers.get(id);
    return /^(0|[1-9]\d*)$/.test(id) && Number(id) < size ? Number(id) : undefined;
  };
  return {
    size,
    idOf: (number) => {
      if (Number.isInteger(number) && number >= 0 && number < size) {
        return labels ? labels[number] : `${number}`;
      }
      throw new RangeError(`${side}: expected a number from 0 to ${size - 1}, got ${number}`);
    },
    numbersOf: (ids, where) => {
      const seen = new Set<string>();
      const repeated = ids.find((id) => seen.size === seen.add(id).size);
      if (repeated !== undefined) {
        throw new UserError(`${where}: ${JSON.stringify(repeated)} comes twice: name each id once`);
      }
      const unknown = ids.filter((id) => find(id) === undefined);
      if (unknown.length === 0) return ids.map((id) => find(id) as number);
      throw new UserError(`${where}: ${describeUnknown(unknown, side, size, labels)}`);
    },
  };
}

function describeUnknown(
  unknown: readonly string[],
  side: Side,
  size: number,
  labels: readonly string[] | undefined,
): string {
  const shown = unknown.slice(0, 5).map((id) => JSON.stringify(id));
  const more = unknown.length > 5 ? ` and ${unknown.length - 5} more` : '';
  const words = unknown.length > 1 ? `are no ${side}` : `is no ${side.slice(0, -1)}`;
  const known = labels
    ? `the ids are those of ${side}.txt in the data folder, such as ${JSON.stringify(labels[0])}`
    : `the data have no ${side}.txt, so that their ids are the numbers 0 to ${size - 1}`;
  return `there ${words} ${shown.join(', ')}${more}: ${known}`;
}
