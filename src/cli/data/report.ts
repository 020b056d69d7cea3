/** @file What the data commands print: what was understood of a file, and the sizes of the data. */

import type { DataSet, Understood } from '../../data/index.ts';
import { counted, nounOf } from '../../eval/index.ts';
import type { ReportOptions } from '../options.ts';
import { Output } from '../output.ts';

const commas = (n: number): string => n.toLocaleString('en-US');

/** A number with what it counts, such as `1 user` and `1,000 users`. */
export const grouped = (count: number, noun: string): string =>
  `${commas(count)} ${nounOf(count, noun)}`;

/** The lines that say how a file was read. */
export function understoodLines({ ratings, ...understood }: Understood, minRating?: number) {
  const { file, format, layout, rows, users, items, merged, dropped } = understood;
  const kept =
    `${grouped(users, 'user')}, ${grouped(items, 'item')}, ` +
    `${grouped(merged, 'duplicate')} merged`;
  const lead = `${file}: format ${format}: ${layout}`;
  if (!ratings) return [lead, `${grouped(rows, 'row')} without ratings: ${kept}`];
  const { least, greatest, distinct } = ratings;
  const different = distinct === null ? 'more than 1,000 different' : `${distinct} different`;
  const read = `${grouped(rows, 'row')} with ratings from ${least} to ${greatest} (${different})`;
  if (minRating === undefined) {
    return [
      lead,
      `${read}: ${kept}`,
      'each rating counts as a click, whatever its value (--min-rating sets a least one)',
    ];
  }
  // Users, items and duplicates are those of the rows that are left.
  return [
    lead,
    read,
    `each rating from ${minRating} counts as a click, ${commas(dropped)} lower ` +
      `${dropped === 1 ? 'one is' : 'ones are'} dropped; what is left: ${kept}`,
  ];
}

/** Prints the sizes of a data set, and the result as JSON with what else is given. */
export function reportSizes(
  { train, test }: DataSet,
  options: ReportOptions & { readonly out: string },
  more: object,
): void {
  const output = new Output(options);
  const counts = { train: train.indices.length, test: test.indices.length };
  const sparsity = 1 - (counts.train + counts.test) / (train.rows * train.columns);
  output.line(
    `${options.out}: ${counted(train.rows, 'user')}, ${counted(train.columns, 'item')}, ` +
      `${counted(counts.train, 'click')} to train, ${counts.test} to test, sparsity ${(100 * sparsity).toFixed(2)} %`,
  );
  const { rows: users, columns: items } = train;
  output.result({ out: options.out, users, items, ...counts, sparsity, ...more });
}
