/** @file Users and items as people name them: by the ids of the source, or by inner numbers. */

import { type DataSet, idMap, type Side } from '../data/index.ts';
import { UserError } from '../errors.ts';
import { type OnBound, parseTargets } from '../eval/index.ts';

/** A user or an item as output names it: an id of the source is text, an inner number a number. */
export type Name = string | number;

/** The users or the items of a data set by name. */
export interface Names {
  /** Whether names are the ids of the source. */
  readonly byId: boolean;
  nameOf(number: number): Name;
  /** The inner numbers of a list such as `a,"b,c"`. Throws a UserError that names the unknown. */
  parse(list: string): number[];
}

/** The names of a side: ids unless `inner` asks for numbers or the data have none. */
export function namesOf(data: DataSet, side: Side, inner = false): Names {
  if (inner || !data[side]) return innerNumbers(data, side);
  const ids = idMap(data, side);
  return {
    byId: true,
    nameOf: (number) => ids.idOf(number),
    parse: (list) => ids.numbersOf(split(list, side), `--${side}`),
  };
}

function innerNumbers({ train, name }: DataSet, side: Side): Names {
  const size = side === 'users' ? train.rows : train.columns;
  const parse = (list: string) => {
    if (!/^(0|[1-9]\d*)(,(0|[1-9]\d*))*$/.test(list)) {
      throw new UserError(`--${side}: Expected whole numbers such as 0,1,2, got ${list}`);
    }
    const numbers = list.split(',').map(Number);
    const outside = list.split(',').find((number) => Number(number) >= size);
    if (outside !== undefined) {
      const one = side.slice(0, -1);
      throw new UserError(
        `${side}: there is no ${one} ${outside} in ${name}, which has ${side} 0 to ${size - 1}`,
      );
    }
    return [...new Set(numbers)];
  };
  return { byId: false, nameOf: (number) => number, parse };
}

/** What a command says of the names that it takes and prints. */
export const namesNote = (data: DataSet, inner = false): string => {
  if (inner) return 'users and items by inner number';
  const lacking = (['users', 'items'] as const).filter((side) => !data[side]);
  if (lacking.length === 0) return 'users and items by id';
  return `${lacking.join(' and ')} by inner number, as the data have no ids of them`;
};

/**
 * Target items: so many drawn from a stratum, such as `head:5`, or a list of ids, of inner numbers
 * where there are no ids. Throws a UserError for anything else.
 */
export function targetsOf(
  words: string,
  data: DataSet,
  seed: number,
  inner = false,
  onBound: OnBound = 'below',
): number[] {
  const names = namesOf(data, 'items', inner);
  const drawn = /^[a-z-]+:\d+$/.test(words);
  if (drawn && names.byId && data.items?.includes(words)) {
    throw new UserError(`--targets: ${words} is an item and a draw: quote the item, '"${words}"'`);
  }
  if (drawn || !names.byId) return parseTargets(words, data.train, seed, onBound);
  const ids = split(words, 'targets');
  return idMap(data, 'items').numbersOf(ids, '--targets');
}

/** The values of an option's list that commas separate; one with a comma or a quote is quoted, as in CSV. */
export function split(list: string, option: string): string[] {
  const values: string[] = [];
  const value = /(?:"((?:[^"]|"")*)"|([^",]+))(,|$)/y;
  for (let end = 0; end < list.length || values.length === 0; end = value.lastIndex) {
    value.lastIndex = end;
    const found = value.exec(list);
    if (!found || (found[3] === ',' && value.lastIndex === list.length)) {
      throw new UserError(
        `--${option}: expected ids such as a,b, those with a comma as "a,b", got ${list}`,
      );
    }
    values.push(found[1]?.replaceAll('""', '"') ?? found[2]);
  }
  return values;
}
