/** @file What a format is: how files of it are known, read and written. */

import type { SparseMatrix } from '../sparse.ts';
import type { ReadOptions } from './read-options.ts';
import type { Rows } from './rows.ts';

/** A format of interactions. */
export interface InteractionFormat {
  readonly about: string;
  /** Whether a file that begins with these lines is of this format. */
  sniff(lines: readonly string[]): boolean;
  /**
   * Hands each row of a file to `rows`. Returns in words how the file is laid out. Throws a
   * UserError that names the file and the line.
   */
  read(path: string, options: ReadOptions, rows: Rows): Promise<string>;
  readonly writer?: Writer;
}

/** Clicks with the ids of their users and items, to be written. */
export interface Table {
  readonly clicks: SparseMatrix;
  /** The ids of the rows and of the columns. */
  readonly users: readonly string[];
  readonly items: readonly string[];
  /** The ids of the items that an attack is for, where the rows are fake users. */
  readonly targets?: readonly string[];
}

/** How a format is written. */
export interface Writer {
  /** The name of the file of a part of the data `name`. */
  fileName(part: Part, name: string): string;
  /** The contents of the file, in pieces. Throws a UserError for an id that the format cannot hold. */
  contents(table: Table): string | Uint8Array | Iterable<string>;
  /** Whether users and items are written as inner numbers; lists of their ids lie beside then. */
  readonly numbered: boolean;
  /** Whether fake users are numbered from 0, not after the real users; default false. */
  readonly fakesFromZero?: boolean;
  /** The parts of data that it can hold; by default all. */
  readonly parts?: readonly Part[];
  /** What is not as in the data: ratings that are made up, for example. */
  readonly note?: string;
}

/** Clicks to train on, clicks to test with, or the clicks of fake users. */
export type Part = 'train' | 'test' | 'fakes';
