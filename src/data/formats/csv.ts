/** @file The format `csv`: any separator, any columns, quoted as RFC 4180 has it. */

import { UserError } from '../../errors.ts';
import { firstRecord, type Layout, readDelimited, separatorName } from './delimited.ts';
import type { InteractionFormat } from './format.ts';
import { quoted } from './lines.ts';
import type { ReadOptions } from './read-options.ts';
import { RecordScanner, recordOf } from './records.ts';
import { tableWriter } from './table.ts';

/** Names of columns by which a header is known, without case, spaces and signs. */
const knownNames = {
  user: 'uid user userid username useridx reviewer reviewerid customer customerid visitorid member',
  item:
    'sid item itemid itemidx iid movie movieid product productid parentasin asin book bookid isbn ' +
    'song songid track trackid artist artistid business businessid place location locationid ' +
    'venueid game gameid anime animeid',
  rating: 'rating ratings score stars star overall bookrating',
  time: 'time timestamp date datetime unixreviewtime',
};

type Role = keyof typeof knownNames;
const roles: readonly Role[] = ['user', 'item', 'rating', 'time'];

/** Clicks or ratings with a header, or with columns that the options name. */
export const csv: InteractionFormat = {
  about: 'fields between any separator, under a header such as uid,sid or user,item,rating',
  sniff: (lines) => separators.some((separator) => hasKnownHeader(lines, separator)),
  read: (path, options, rows) =>
    readDelimited(path, options, rows, (lines, line) => csvLayout({ path, line }, lines, options)),
  writer: tableWriter({
    fileName: (part) => `${part}.csv`,
    head: 'uid,sid',
    row: (user, item) => recordOf([user, item], ','),
  }),
};

const separators = ['\t', '::', ';', '|', ',', ' '];

const separatorWords: Record<string, string> = { tab: '\t', space: ' ', '\\t': '\t' };

/** Throws a UserError at a separator that no file can have. */
function givenSeparator(text: string): string {
  const separator = separatorWords[text] ?? text;
  if (separator !== '' && !/["\r\n]/.test(separator)) return separator;
  throw new UserError(
    `separator: expected what is between fields, such as ';', '::', tab or space, got ${quoted(text)}`,
  );
}

const separationBy = (separator: string) => ({ separator, quotes: true });

function hasKnownHeader(lines: readonly string[], separator: string): boolean {
  const names = fieldsIfAny(lines, separator);
  return (['user', 'item'] as const).every((role) => matching(names, role).length > 0);
}

/** Whether the first record names a column that the options do, and all of those. */
function hasColumns(lines: readonly string[], separator: string, options: ReadOptions): boolean {
  const { columns = [], header } = options;
  const named = columns.filter((column) => column !== '-' && !/^\d*$/.test(column));
  const fields = fieldsIfAny(lines, separator);
  return header !== false && named.length > 0 && named.every((column) => fields.includes(column));
}

/** The fields of the first record; none if it is not well formed between this separator. */
function fieldsIfAny(lines: readonly string[], separator: string): readonly string[] {
  try {
    return firstRecord('', lines, separationBy(separator));
  } catch {
    return [];
  }
}

/** The numbers of the fields that are named as one of this role. */
function matching(names: readonly string[], role: Role): number[] {
  const known = knownNames[role].split(' ');
  return names.flatMap((name, number) =>
    known.includes(name.toLowerCase().replace(/[^a-z0-9]/g, '')) ? [number] : [],
  );
}

/** Where the head of a file stands. */
interface Place {
  readonly path: string;
  /** The number of its first line that is not empty. */
  readonly line: number;
}

function csvLayout(place: Place, lines: readonly string[], options: ReadOptions): Layout {
  const separator =
    options.separator !== undefined
      ? givenSeparator(options.separator)
      : (separators.find((one) => hasKnownHeader(lines, one)) ??
        separators.find((one) => hasColumns(lines, one, options)) ??
        sniffSeparator(place, lines));
  const separation = separationBy(separator);
  const first = firstRecord(place.path, lines, separation, place.line);
  const columns = options.columns
    ? givenColumns(place, first, options.columns, options.header)
    : foundColumns(place, first, separator, lines[0], options.header);
  const header = options.header ?? columns.header;
  const fields = header ? first : namesWithout(first.length, columns);
  return { ...separation, ...columns, header, fields };
}

/** All whole records of lines; none if they are not well formed between this separator. */
function recordsIfAny(lines: readonly string[], separator: string): (readonly string[])[] {
  const records: (readonly string[])[] = [];
  try {
    const scanner = new RecordScanner('', separationBy(separator));
    scanner.scan({ text: `${lines.join('\n')}\n`, line: 1 }, (fields) => {
      records.push([...fields]);
    });
  } catch {
    return [];
  }
  return records;
}

/**
 * The separator that divides all records at the head alike, a space only where no other does: a date
 * or a title holds one. Of several the one between whose first two fields are numbers, as ids are. If
 * none does, the first that divides the first record. Throws a UserError where several are left.
 */
function sniffSeparator({ path, line }: Place, lines: readonly string[]): string {
  const divided = separators.map((separator) => ({
    separator,
    records: recordsIfAny(lines, separator),
  }));
  const fitting = divided.filter(({ records }) => {
    const length = records[0]?.length ?? 0;
    return length > 1 && records.every((fields) => fields.length === length);
  });
  const signs = fitting.filter(({ separator }) => separator !== ' ');
  const isNumber = (field: string) => /^\d+$/.test(field);
  const numeric = signs.filter(({ records }) =>
    // The first record may be a header.
    records.slice(-Math.max(1, records.length - 1)).every(([a, b]) => isNumber(a) && isNumber(b)),
  );
  const left = [numeric, signs, fitting].find(({ length }) => length > 0) ?? [];
  if (left.length > 1) {
    const names = left.map(({ separator }) => separatorName(separator)).join(' and ');
    throw new UserError(
      `${path} line ${line}: ${names} divide all records alike, such as ${quoted(lines[0])}: say ` +
        'which is between fields (--separator)',
    );
  }
  const first = separators.find((separator) => fieldsIfAny(lines, separator).length > 1);
  return left[0]?.separator ?? first ?? ',';
}

type Columns = Pick<Layout, Role> & { readonly header: boolean };

function foundColumns(
  { path, line }: Place,
  first: readonly string[],
  separator: string,
  text: string,
  header: boolean | undefined,
): Columns {
  const found = roles.map((role) => [role, matching(first, role)] as const);
  const [[, users], [, items]] = found;
  if (header === false && first.length >= 2) {
    return { user: 0, item: 1, ...(first.length > 2 && { rating: 2 }), header };
  }
  const several = found.find(([, numbers]) => numbers.length > 1);
  if (users.length === 0 || items.length === 0) {
    throw new UserError(
      `${path} line ${line}: expected the header uid,sid, got ${quoted(text)}: name the columns ` +
        `(--columns user,item,rating by name or number), and say --no-header if there is none; ` +
        `the fields are read between ${separatorName(separator)}`,
    );
  }
  if (several) {
    const names = several[1].map((number) => first[number]).join(', ');
    throw new UserError(
      `${path} line ${line}: ${names} may each be the ${several[0]}: name the columns (--columns)`,
    );
  }
  const columns = Object.fromEntries(
    found.flatMap(([role, [number]]) => (number === undefined ? [] : [[role, number]])),
  );
  return { ...(columns as Pick<Layout, Role>), header: true };
}

function givenColumns(
  { path, line }: Place,
  first: readonly string[],
  given: readonly string[],
  header: boolean | undefined,
): Columns {
  // A number is the name of a column only beside others that are: 1,2 are the first two columns.
  const isNumber = (column: string) => /^\d+$/.test(column);
  const hasNames = given.some((column) => !isNumber(column) && first.includes(column));
  let isNamed = false;
  const numberOf = (column: string): number => {
    const mayBeName = header !== false && (header || hasNames || !isNumber(column));
    const named = mayBeName ? first.indexOf(column) : -1;
    if (named >= 0) {
      if (first.lastIndexOf(column) !== named) {
        throw new UserError(
          `${path} line ${line}: two columns are called ${column}: name it by number`,
        );
      }
      isNamed = true;
      return named;
    }
    const number = Number(column) - 1;
    if (isNumber(column) && number >= 0 && number < first.length) return number;
    throw new UserError(
      `${path} line ${line}: there is no column ${column}: the columns are ${first.join(', ')}, or the ` +
        `numbers 1 to ${first.length}`,
    );
  };
  const [user, item, rating, time] = given.map((column) =>
    column === '-' || column === '' ? undefined : numberOf(column),
  );
  if (user === undefined || item === undefined || given.length > 4) {
    throw new UserError('columns: expected user,item or user,item,rating,time');
  }
  const numbers = [user, item, rating, time].filter((number) => number !== undefined);
  const twice = numbers.find((number, i) => numbers.indexOf(number) < i);
  if (twice !== undefined) {
    throw new UserError(`columns: column ${twice + 1} comes twice: name each once`);
  }
  if (!isNamed && header === undefined && !isRecord(first, { user, item, rating, time })) {
    throw new UserError(
      `${path} line ${line}: ${quoted(first.join(' '))} may be a header or a record: say --header or ` +
        '--no-header',
    );
  }
  const optional = { ...(rating !== undefined && { rating }), ...(time !== undefined && { time }) };
  return { user, item, ...optional, header: isNamed };
}

/** Whether the fields of a line can only be of a record: all that matter are numbers. */
function isRecord(first: readonly string[], columns: Partial<Record<Role, number>>): boolean {
  const matter = roles.flatMap((role) => {
    const number = columns[role];
    return number === undefined ? [] : [first[number]];
  });
  return matter.every((field) => /^[+-]?\d+([.,]\d+)?$/.test(field));
}

/** Names for the fields of a file without a header. */
function namesWithout(length: number, columns: Partial<Record<Role, number>>): string[] {
  const names = Array.from({ length }, (_, number) => `column ${number + 1}`);
  for (const role of roles) {
    const number = columns[role];
    if (number !== undefined) names[number] = role;
  }
  return names;
}
