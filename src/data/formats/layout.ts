/** @file Text files of one record a line: the layout of the fields, and the records by it. */

import { UserError } from '../../errors.ts';
import { quoted, readLines } from './lines.ts';

/** How the lines of a file are laid out. */
export interface Layout {
  readonly separator: string;
  /** The fields of the first line, where it is no record. */
  readonly header?: readonly string[];
  /** What the fields mean, for errors. */
  readonly fields: readonly string[];
  /** The numbers of the fields that hold the user, the item and, if any, the rating. */
  readonly user: number;
  readonly item: number;
  readonly rating?: number;
}

/** A published format of interactions, in one or several layouts. */
export interface InteractionFormat {
  readonly about: string;
  /** The layout of a file, which its first line tells. Undefined if the line is of none. */
  layout(firstLine: string): Layout | undefined;
  /** What the first line should look like, for errors. */
  readonly expected: string;
}

/** A record of a file. */
export interface FileRecord {
  readonly fields: readonly string[];
  /** The number of its line, from 1. */
  readonly line: number;
  readonly layout: Layout;
}

/**
 * The records of a file. Throws a UserError that names the file and the line of a wrong header, or
 * of a record with a field that is missing or empty.
 */
export async function* readRecords(
  path: string,
  format: InteractionFormat,
): AsyncGenerator<FileRecord> {
  let layout: Layout | undefined;
  let records = 0;
  for await (const [text, line] of readLines(path)) {
    if (text.trim() === '') continue;
    if (!layout) {
      layout = format.layout(text);
      if (!layout) {
        throw new UserError(
          `${path} line ${line}: expected ${format.expected}, got ${quoted(text)}`,
        );
      }
      if (layout.header) {
        expectHeader(path, text, layout.header.join(layout.separator));
        continue;
      }
    }
    yield { fields: splitRecord(path, text, line, layout), line, layout };
    records++;
  }
  if (records === 0) throw new UserError(`${path}: expected interactions, got none`);
}

function splitRecord(path: string, text: string, line: number, layout: Layout): string[] {
  const fields = text.split(layout.separator).map((field) => field.trim());
  const isWhole = fields.length === layout.fields.length && !fields.includes('');
  if (isWhole) return fields;
  throw new UserError(
    `${path} line ${line}: expected ${layout.fields.join(', ')}, got ${quoted(text)}`,
  );
}

function expectHeader(path: string, text: string, header: string): void {
  if (text.trim() === header) return;
  throw new UserError(`${path} line 1: expected the header ${header}, got ${quoted(text)}`);
}
