/** @file Reads interactions from a file of any published format. */

import { UserError } from '../../errors.ts';
import { InteractionCollector, type Interactions } from '../interactions.ts';
import { csv } from './csv.ts';
import { gowalla } from './gowalla.ts';
import { type FileRecord, type InteractionFormat, readRecords } from './layout.ts';
import { quoted } from './lines.ts';
import { movielens } from './movielens.ts';

/** The name of a format. */
export type Format = 'csv' | 'movielens' | 'gowalla';

/** The formats by name. */
export const formats: { readonly [name in Format]: InteractionFormat } = {
  csv,
  movielens,
  gowalla,
};

/** Which interactions count. */
export interface ReadOptions {
  /** Ratings below are dropped, in formats with ratings; default 0. */
  readonly minRating?: number;
}

/**
 * Reads distinct (user, item) pairs. Throws a UserError that names the file, and the line that does
 * not fit the format.
 */
export async function readInteractions(
  path: string,
  format: Format,
  { minRating = 0 }: ReadOptions = {},
): Promise<Interactions> {
  const collector = new InteractionCollector();
  for await (const record of readRecords(path, formats[format])) {
    const { fields, layout } = record;
    if (ratingOf(path, record) < minRating) continue;
    collector.add(fields[layout.user], fields[layout.item]);
  }
  const interactions = collector.finish();
  if (interactions.userOf.length > 0) return interactions;
  throw new UserError(`${path}: no rating reaches ${minRating}: lower the minimum`);
}

/** The rating of a record; without ratings every record counts. */
function ratingOf(path: string, { fields, line, layout }: FileRecord): number {
  if (layout.rating === undefined) return Number.POSITIVE_INFINITY;
  const rating = Number(fields[layout.rating]);
  if (Number.isFinite(rating)) return rating;
  throw new UserError(
    `${path} line ${line}: expected a rating, got ${quoted(fields[layout.rating])}`,
  );
}
