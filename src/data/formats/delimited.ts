/** @file Text files of one interaction a record: the layout of the fields, and the rows by it. */

import { UserError } from '../../errors.ts';
import { firstLines, quoted, readBlocks } from './lines.ts';
import type { ReadOptions } from './read-options.ts';
import { RecordScanner, type Separation } from './records.ts';
import type { Rows } from './rows.ts';

/** How the records of a file are laid out. */
export interface Layout extends Separation {
  /** What the fields mean: their names in the header, if there is one. */
  readonly fields: readonly string[];
  /** Whether the first record names the fields. */
  readonly header: boolean;
  /** The numbers, from 0, of the fields that hold the user, the item and, if any, rating and time. */
  readonly user: number;
  readonly item: number;
  readonly rating?: number;
  readonly time?: number;
  /** What each field looks like, where the format says so. */
  readonly patterns?: readonly RegExp[];
}

/** A whole number as a program writes it: `01` would be another id than `1`. */
export const wholePattern = /^(0|[1-9]\d*)$/;

/** How many lines at the head of a file tell its layout. */
export const headLength = 100;

/**
 * Reads the rows of a file by the layout that its first lines tell; returns the layout in words.
 * `layoutOf` gets the lines that are not empty and the number of the first of them.
 */
export async function readDelimited(
  path: string,
  options: ReadOptions,
  rows: Rows,
  layoutOf: (lines: readonly string[], first: number) => Layout,
): Promise<string> {
  const lines = await firstLines(path, headLength);
  const isFilled = (line: string) => line.trim() !== '';
  const head = lines.filter(isFilled);
  if (head.length === 0) throw new UserError(`${path}: expected interactions, got none`);
  const layout = layoutOf(head, lines.findIndex(isFilled) + 1);
  expectAsked(path, layout, options);
  const scanner = new RecordScanner(path, layout);
  const { user, item, rating, time, fields: names, patterns = [] } = layout;
  let isHeader = layout.header;
  const onRecord = (fields: readonly string[], line: number, text: string): void => {
    if (isHeader) {
      isHeader = false;
      return;
    }
    const isWhole = fields.length === names.length && fields[user] !== '' && fields[item] !== '';
    if (!isWhole || patterns.some((pattern, i) => !pattern.test(fields[i]))) {
      throw new UserError(
        `${path} line ${line}: expected ${names.join(', ')}, got ${quoted(text)}`,
      );
    }
    if (rating !== undefined && layout.separator === ',' && fields[rating].includes(',')) {
      throw new UserError(
        `${path} line ${line}: expected a rating, got ${quoted(fields[rating])}: between commas a ` +
          'number has none of its own',
      );
    }
    rows.add(
      fields[user],
      fields[item],
      line,
      rating === undefined ? undefined : fields[rating],
      time === undefined ? undefined : fields[time],
    );
  };
  for await (const block of readBlocks(path)) scanner.scan(block, onRecord);
  scanner.finish();
  return describe(layout, scanner.trimmed);
}

function expectAsked(path: string, layout: Layout, { minRating, times }: ReadOptions): void {
  if (minRating !== undefined && layout.rating === undefined) {
    throw new UserError(
      `${path}: has no ratings (${layout.fields.join(', ')}), so that no minimum applies: leave ` +
        'it out, or name the column of the rating',
    );
  }
  if (times && layout.time === undefined) {
    throw new UserError(
      `${path}: has no times (${layout.fields.join(', ')}), which the split asks for: choose ` +
        'another split, or name the column of the time',
    );
  }
}

/**
 * The fields of the first record of lines, the first of which has the number `from`. Throws a
 * UserError if that is not well formed.
 */
export function firstRecord(
  path: string,
  lines: readonly string[],
  separation: Separation,
  from = 1,
): readonly string[] {
  let first: readonly string[] = [];
  const scanner = new RecordScanner(path, separation);
  for (const [i, line] of lines.entries()) {
    scanner.scan({ text: `${line}\n`, line: from + i }, (fields) => {
      first = [...fields];
    });
    if (first.length > 0) return first;
  }
  scanner.finish();
  return first;
}

const separatorNames: Record<string, string> = { '\t': 'tab', ' ': 'space' };

/** The name of a separator, as a user gives it. */
export const separatorName = (separator: string): string =>
  separatorNames[separator] ?? `"${separator}"`;

function describe(layout: Layout, trimmed: number): string {
  const { fields, header, separator } = layout;
  const column = (role: 'user' | 'item' | 'rating' | 'time'): string[] => {
    const number = layout[role];
    if (number === undefined) return [];
    return [`${role} is column ${number + 1}${header ? ` (${fields[number]})` : ''}`];
  };
  const columns = (['user', 'item', 'rating', 'time'] as const).flatMap(column).join(', ');
  const spaces = trimmed > 0 ? `; spaces around ${trimmed} fields trimmed` : '';
  return (
    `fields between ${separatorName(separator)}, ${header ? 'a header' : 'no header'}; ` +
    `${columns}${spaces}`
  );
}
