/** @file Takes the rows of a file: ids, ratings and times as text; keeps clicks and counts the rest. */

import { UserError } from '../../errors.ts';
import { InteractionCollector, type Interactions } from '../interactions.ts';
import { dateOf } from './dates.ts';
import { quoted } from './lines.ts';
import type { ReadOptions } from './read-options.ts';

/** What was read, in numbers. */
export interface RowCounts {
  /** Rows with a user and an item. */
  readonly rows: number;
  /** Rows that were dropped because their rating is below the least. */
  readonly dropped: number;
  /** Rows whose user and item came before. */
  readonly merged: number;
  /** The ratings seen, before any is dropped; undefined if the file has none. */
  readonly ratings?: {
    readonly least: number;
    readonly greatest: number;
    /** How many different numbers; null of more than 1000. */
    readonly distinct: number | null;
  };
}

/** More than so many different ratings are not counted. */
const distinctLimit = 1000;

/** Collects rows. */
export class Rows {
  private readonly collector: InteractionCollector;
  private count = 0;
  private dropped = 0;
  /** Texts that were read as a rating before. */
  private readonly ratings = new Map<string, number>();
  /** The different ratings, one more than are counted at most. */
  private readonly distinct = new Set<number>();
  private least = Number.POSITIVE_INFINITY;
  private greatest = Number.NEGATIVE_INFINITY;
  /** The line whose time all others are in the form of. */
  private firstTime: { readonly line: number; readonly isDate: boolean } | undefined;

  constructor(
    private readonly path: string,
    private readonly options: ReadOptions,
  ) {
    this.collector = new InteractionCollector(options.times);
  }

  /**
   * Adds a row of the line `line`. Throws a UserError for an id with a line feed or a carriage
   * return, and for a rating or a time that is none.
   */
  add(user: string, item: string, line: number, rating?: string, time?: string): void {
    this.count++;
    if (
      rating !== undefined &&
      this.ratingOf(rating, line) < (this.options.minRating ?? -Infinity)
    ) {
      this.dropped++;
      return;
    }
    const when = this.options.times ? this.timeOf(time, line) : undefined;
    const isNew = this.collector.add(user, item, when);
    if (isNew) this.expectOneLine(user, item, line);
  }

  /** The clicks and the counts. Throws a UserError if no row is left. */
  finish(): Interactions & { readonly counts: RowCounts } {
    const { path, count, dropped, least, greatest } = this;
    if (count === 0) throw new UserError(`${path}: expected interactions, got none`);
    if (count === dropped) {
      throw new UserError(
        `${path}: no rating reaches ${this.options.minRating}: lower the minimum`,
      );
    }
    const interactions = this.collector.finish();
    const merged = count - dropped - interactions.userOf.length;
    const { size } = this.distinct;
    const distinct = size > distinctLimit ? null : size;
    const ratings = size > 0 ? { ratings: { least, greatest, distinct } } : {};
    return { ...interactions, counts: { rows: count, dropped, merged, ...ratings } };
  }

  private ratingOf(text: string, line: number): number {
    const known = this.ratings.get(text);
    if (known !== undefined) return known;
    // A comma is decimal here: `readDelimited` refuses one where fields are between commas.
    const isEither = /^[+-]?[1-9]\d{0,2}(,\d{3})+$/.test(text);
    const rating = isEither ? undefined : (numberOf(text) ?? numberOf(text.replace(',', '.')));
    if (isEither) {
      throw new UserError(
        `${this.path} line ${line}: the comma of the rating ${quoted(text)} may be decimal or ` +
          'between thousands: write a decimal point, or none',
      );
    }
    if (rating === undefined) {
      throw new UserError(`${this.path} line ${line}: expected a rating, got ${quoted(text)}`);
    }
    this.least = Math.min(this.least, rating);
    this.greatest = Math.max(this.greatest, rating);
    if (this.ratings.size < distinctLimit) this.ratings.set(text, rating);
    if (this.distinct.size <= distinctLimit) this.distinct.add(rating);
    return rating;
  }

  /** A number counts as it is, a date in milliseconds: both in one file would not compare. */
  private timeOf(text: string | undefined, line: number): number {
    const number = text === undefined ? undefined : numberOf(text);
    const time = number ?? (text === undefined ? undefined : dateOf(text));
    if (time === undefined) {
      throw new UserError(
        `${this.path} line ${line}: expected a time (a number, or a date such as ` +
          `2010-10-19T23:55:27Z), got ${text === undefined ? 'none' : quoted(text)}`,
      );
    }
    const isDate = number === undefined;
    this.firstTime ??= { line, isDate };
    if (this.firstTime.isDate !== isDate) {
      throw new UserError(
        `${this.path} line ${line}: expected a ${isDate ? 'number' : 'date'} for the time, as in ` +
          `line ${this.firstTime.line}, got ${quoted(`${text}`)}: write all times in one form`,
      );
    }
    return time;
  }

  private expectOneLine(user: string, item: string, line: number): void {
    const id = [user, item].find((text) => /[\r\n]/.test(text));
    if (id === undefined) return;
    throw new UserError(
      `${this.path} line ${line}: the id ${quoted(id)} goes over several lines: leave that out`,
    );
  }
}

/** The number that a text says; undefined for none, and for one that float64 does not hold. */
function numberOf(text: string): number | undefined {
  const value = Number(text);
  const isDecimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text);
  const vanishes = value === 0 && /[1-9]/.test(text.split(/e/i)[0]);
  return isDecimal && Number.isFinite(value) && !vanishes ? value : undefined;
}
