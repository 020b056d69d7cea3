/** @file What a user says about a file, beside its format. */

/** How a file is to be read, where its first lines do not tell or tell wrongly. */
export interface ReadOptions {
  /** Rows with a lower rating are dropped; by default none. */
  readonly minRating?: number;
  /** Between fields: one character, `::`, or the words `tab` and `space`. */
  readonly separator?: string;
  /** Whether the first line names the columns. */
  readonly header?: boolean;
  /** The columns of user, item and, if any, rating and time: names or numbers from 1; `-` is none. */
  readonly columns?: readonly string[];
  /** Whether times are needed; default false. */
  readonly times?: boolean;
}
