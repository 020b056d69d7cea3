/** @file Records of separated fields, by RFC 4180 where fields may be quoted. */

import { UserError } from '../../errors.ts';
import { type LineBlock, lineLimit, quoted } from './lines.ts';

/** How the fields of a record are told apart. */
export interface Separation {
  /** Between two fields. A space also stands for several. */
  readonly separator: string;
  /** Whether a field may be enclosed in double quotes, which are doubled within. */
  readonly quotes: boolean;
}

/** Takes the fields of a record, the number of its (first) line and the line itself. */
export type OnRecord = (fields: readonly string[], line: number, text: string) => void;

/**
 * Finds the records in blocks of lines. Empty lines are left out. Spaces and tabs around a field
 * that is not quoted are trimmed, and counted. Throws a UserError that names the file and the line.
 */
export class RecordScanner {
  /** How many fields were trimmed. */
  trimmed = 0;
  /** A record whose quote is still open at the end of a block. */
  private held: LineBlock | undefined;

  constructor(
    private readonly path: string,
    private readonly separation: Separation,
  ) {}

  /** Calls `onRecord` for each record that ends in this block. */
  scan(block: LineBlock, onRecord: OnRecord): void {
    const { held } = this;
    const text = held ? held.text + block.text : block.text;
    let line = held ? held.line : block.line;
    this.held = undefined;
    const isPlain = !(text.includes('\r') || (this.separation.quotes && text.includes('"')));
    for (let start = 0; start < text.length; ) {
      const feed = text.indexOf('\n', start);
      const end = feed < 0 ? text.length : feed;
      const raw = text.slice(start, end);
      if (isPlain || !this.separation.quotes || !raw.includes('"')) {
        this.scanPlain(raw, line, onRecord);
        line++;
        start = end + 1;
        continue;
      }
      const record = this.scanQuoted(text, start, line);
      if (!record) {
        this.hold({ text: text.slice(start), line });
        return;
      }
      onRecord(record.fields, line, raw);
      line += record.lines;
      start = record.next;
    }
  }

  /** A line without quotes. */
  private scanPlain(line: string, number: number, onRecord: OnRecord): void {
    const raw = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (isEmpty(raw)) return;
    if (raw.includes('\r')) this.fail(number, 'a carriage return within the line', raw);
    onRecord(this.split(raw), number, raw);
  }

  /** To be called after the last block. */
  finish(): void {
    const { held } = this;
    if (held) this.fail(held.line, 'a quote that is opened and not closed', held.text);
  }

  private hold(block: LineBlock): void {
    if (block.text.length > lineLimit) {
      this.fail(block.line, `a quoted field of more than ${lineLimit} characters`, block.text);
    }
    this.held = block;
  }

  private split(raw: string): string[] {
    const { separator } = this.separation;
    if (separator === ' ') return raw.split(' ').filter((field) => field !== '');
    const fields = raw.split(separator);
    for (let i = 0; i < fields.length; i++) fields[i] = this.trim(fields[i]);
    return fields;
  }

  private trim(field: string): string {
    if (!(isBlank(field.charCodeAt(0)) || isBlank(field.charCodeAt(field.length - 1))))
      return field;
    this.trimmed++;
    return field.replace(/^[ \t]+/, '').replace(/(?<![ \t])[ \t]+$/, '');
  }

  /** The record that starts here, of which a field is quoted; undefined if it does not end here. */
  private scanQuoted(text: string, start: number, line: number) {
    const { separator } = this.separation;
    const fields: string[] = [];
    let lineEnd = -1;
    for (let at = start; ; at += separator.length) {
      if (at > lineEnd) lineEnd = endOfLine(text, at);
      const isQuoted = text[at] === '"';
      const end = isQuoted ? endOfQuoted(text, at) : this.endOfBare(text, at, lineEnd);
      if (end < 0) return undefined;
      const raw = text.slice(at, end);
      if (isQuoted) fields.push(raw.slice(1, -1).replaceAll('""', '"'));
      else if (raw.includes('"')) this.fail(line, 'a quote within a field that is not quoted', raw);
      else if (separator !== ' ' || raw !== '') fields.push(this.trim(raw));
      at = end;
      if (text.startsWith(separator, end)) continue;
      if (end > lineEnd) lineEnd = endOfLine(text, end);
      if (end !== lineEnd)
        this.fail(line, 'text behind a closing quote', text.slice(start, end + 9));
      const next = Math.min(text.length, text.indexOf('\n', end) + 1 || text.length);
      return { fields, next, lines: text.slice(start, next).split('\n').length - 1 };
    }
  }

  private endOfBare(text: string, at: number, lineEnd: number): number {
    const end = text.indexOf(this.separation.separator, at);
    return end < 0 || end > lineEnd ? lineEnd : end;
  }

  private fail(line: number, what: string, text: string): never {
    throw new UserError(
      `${this.path} line ${line}: ${what}, in ${quoted(text)}: quote fields as RFC 4180 has it`,
    );
  }
}

/** Where the line ends that `at` is in, before its line feed or carriage return. */
function endOfLine(text: string, at: number): number {
  const feed = text.indexOf('\n', at);
  if (feed < 0) return text.length;
  return feed > at && text[feed - 1] === '\r' ? feed - 1 : feed;
}

/** Behind the closing quote of a field that begins at `at`; -1 if there is none. */
function endOfQuoted(text: string, at: number): number {
  for (let from = at + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return -1;
    if (text[quote + 1] !== '"') return quote + 1;
    from = quote + 2;
  }
}

const isEmpty = (line: string): boolean =>
  line === '' || (isBlank(line.charCodeAt(0)) && /^[ \t]*$/.test(line));

const isBlank = (code: number): boolean => code === 32 || code === 9;

/** The fields as a record: those are quoted that hold a separator, a quote, or spaces around. */
export function recordOf(fields: readonly string[], separator: string): string {
  return fields
    .map((field) => {
      const isPlain = !(field.includes(separator) || /["\r\n]|^[ \t]|[ \t]$|^$/.test(field));
      return isPlain ? field : `"${field.replaceAll('"', '""')}"`;
    })
    .join(separator);
}
