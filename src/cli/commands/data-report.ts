/** @file What the data commands print: what was understood of a file, and the sizes of the data. */

import type { DataSet, Understood } from '../../data/index.ts';
import type { CommonOptions } from '../options.ts';
import { Output } from '../output.ts';

const grouped = (n: number): string => n.toLocaleString('en-US');

/** The lines that say how a file was read. */
export function understoodLines({ ratings, ...understood }: Understood, minRating?: number) {
  const { file, format, layout, rows, users, items, merged, dropped } = understood;
  const seen = ratings
    ? `ratings from ${ratings.least} to ${ratings.greatest} (${ratings.distinct} different)`
    : 'no ratings';
  const binarised =
    minRating === undefined
      ? 'each rating counts as a click, whatever its value (--min-rating sets a least one)'
      : `each rating from ${minRating} counts as a click, ${grouped(dropped)} lower ones are dropped`;
  return [
    `${file}: format ${format}: ${layout}`,
    `${grouped(rows)} rows: ${grouped(users)} users, ${grouped(items)} items, ${seen}, ` +
      `${grouped(merged)} duplicates merged`,
    ...(ratings ? [binarised] : []),
  ];
}

/** Prints the sizes of a data set, and the result as JSON with what else is given. */
export function reportSizes(
  { train, test }: DataSet,
  options: CommonOptions & { readonly out: string },
  more: object,
): void {
  const output = new Output(options);
  const counts = { train: train.indices.length, test: test.indices.length };
  const sparsity = 1 - (counts.train + counts.test) / (train.rows * train.columns);
  output.line(
    `${options.out}: ${train.rows} users, ${train.columns} items, ${counts.train} clicks to train, ` +
      `${counts.test} to test, sparsity ${(100 * sparsity).toFixed(2)} %`,
  );
  const { rows: users, columns: items } = train;
  output.result({ out: options.out, users, items, ...counts, sparsity, ...more });
}
