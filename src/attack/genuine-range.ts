/** @file Moves the clicks of a fake user until its features lie where most genuine ones do. */

import { valueAt } from '../data/quantile.ts';
import { columnCounts, type SparseMatrix } from '../data/sparse.ts';
import {
  meanInversePopularity,
  mud,
  profileLength,
  qud,
  rud,
  type ShortFeature,
} from '../defence/index.ts';

/** The least and the largest value of a feature that are inconspicuous. */
export interface FeatureBounds {
  readonly low: number;
  readonly high: number;
}

/** The features of the popularity of a profile's items, given in ascending order. */
const ofPopularity: { readonly [name: string]: (ascending: Float64Array) => number } = {
  mud: (d) => d.reduce((sum, x) => sum + x, 0) / d.length,
  qud: (d) => d[Math.floor((d.length - 1) / 4)],
  rud: (d) => d[d.length - 1] - d[0],
  inverse: (d) => d.reduce((sum, x) => sum + 1 / x, 0) / d.length,
};

/** Groups of items of about equal popularity, of which a swap tries the best of each. */
const groups = 16;

const quantile = (sorted: Float64Array, p: number): number =>
  valueAt(sorted, (sorted.length - 1) * p);

/**
 * Where genuine profiles lie: the 5 % to 95 % quantiles, over users with a click, of the length, of
 * MUD, QUD and RUD, and of the mean inverse popularity. Popularity is that among real users, at
 * least one: a detector that counts fake users too sees a little more of it.
 */
export class GenuineRange {
  readonly bounds: { readonly [feature: string]: FeatureBounds };
  private readonly popularity: Float64Array;
  private readonly groupOf: Int32Array;

  /** Of profiles whose columns are the `candidates`, by default all items. */
  constructor(train: SparseMatrix, candidates?: Int32Array) {
    const boundsOf = (feature: ShortFeature): FeatureBounds => {
      const values = feature.values(train);
      const own = values.filter((_, user) => train.indptr[user + 1] > train.indptr[user]).sort();
      return { low: quantile(own, 0.05), high: quantile(own, 0.95) };
    };
    this.bounds = {
      length: boundsOf(profileLength),
      mud: boundsOf(mud),
      qud: boundsOf(qud),
      rud: boundsOf(rud),
      inverse: boundsOf(meanInversePopularity),
    };
    const counts = columnCounts(train);
    const items = candidates ?? Int32Array.from(counts.keys());
    this.popularity = Float64Array.from(items, (item) => Math.max(1, counts[item]));
    this.groupOf = new Int32Array(items.length);
    const order = Int32Array.from(items.keys()).sort(
      (a, b) => this.popularity[a] - this.popularity[b] || a - b,
    );
    order.forEach((column, rank) => {
      this.groupOf[column] = Math.floor((rank * groups) / items.length);
    });
  }

  /** By how much a profile lies outside: the sum over features, each in units of its range. */
  violation(row: Float64Array): number {
    const clicked = this.popularityOf(row);
    return this.excess('length', clicked.length) + this.excessOf(clicked);
  }

  /** How many profiles, row-major, lie outside. */
  outside(profiles: Float64Array): number {
    const columns = this.popularity.length;
    let count = 0;
    for (let from = 0; from < profiles.length; from += columns) {
      if (this.violation(profiles.subarray(from, from + columns)) > 0) count++;
    }
    return count;
  }

  /** The popularity of the items clicked, ascending. */
  private popularityOf(row: Float64Array): Float64Array {
    return this.popularity.filter((_, column) => row[column] === 1).sort();
  }

  private excess(feature: string, value: number): number {
    const { low, high } = this.bounds[feature];
    return Math.max(0, low - value, value - high) / (high - low || 1);
  }

  private excessOf(ascending: Float64Array): number {
    if (ascending.length === 0) return Number.POSITIVE_INFINITY;
    return Object.entries(ofPopularity).reduce(
      (sum, [name, feature]) => sum + this.excess(name, feature(ascending)),
      0,
    );
  }

  /**
   * Brings the clicks of `row` (0 or 1) as near to the range as it can within `most` clicks: first
   * their number, then by swaps, each the one that comes nearest of those between the least valued
   * clicks and the most valued others of each group of popularity. A value of infinity is kept.
   * Returns whether the profile lies in the range.
   */
  bring(values: Float64Array, row: Float64Array, most: number): boolean {
    this.fit(values, row, most);
    // Swaps leave the number of clicks as it is: they go by the other features alone.
    let excess = this.excessOf(this.popularityOf(row));
    while (excess > 0) {
      const swap = this.nearest(values, row);
      if (!swap || swap.excess >= excess) return false;
      row[swap.out] = 0;
      row[swap.into] = 1;
      excess = swap.excess;
    }
    return this.violation(row) === 0;
  }

  /** Clicks the most valued or drops the least valued items until the number of clicks is right. */
  private fit(values: Float64Array, row: Float64Array, most: number): void {
    const { low, high } = this.bounds.length;
    const count = row.reduce((sum, x) => sum + x, 0);
    const least = Math.min(most, row.length, Math.ceil(low));
    const wanted = Math.min(most, Math.floor(high), Math.max(least, count));
    if (wanted === count) return;
    const state = wanted > count ? 0 : 1;
    const sign = wanted > count ? -1 : 1;
    const order = Int32Array.from(row.keys())
      .filter((column) => row[column] === state && values[column] !== Number.POSITIVE_INFINITY)
      .sort((a, b) => sign * (values[a] - values[b]) || a - b);
    for (const column of order.subarray(0, Math.abs(wanted - count))) row[column] = 1 - state;
  }

  private nearest(values: Float64Array, row: Float64Array) {
    const out = new Int32Array(groups).fill(-1);
    const into = new Int32Array(groups).fill(-1);
    for (let column = 0; column < row.length; column++) {
      if (values[column] === Number.POSITIVE_INFINITY) continue;
      const group = this.groupOf[column];
      const best = row[column] === 1 ? out : into;
      const sign = row[column] === 1 ? -1 : 1;
      const held = best[group];
      if (held < 0 || sign * (values[column] - values[held]) > 0) best[group] = column;
    }
    const clicked = this.popularityOf(row);
    let nearest: { out: number; into: number; excess: number } | undefined;
    for (const from of out.filter((column) => column >= 0)) {
      for (const to of into.filter((column) => column >= 0)) {
        const swapped = clicked.slice();
        swapped[swapped.indexOf(this.popularity[from])] = this.popularity[to];
        const excess = this.excessOf(swapped.sort());
        if (!nearest || excess < nearest.excess) nearest = { out: from, into: to, excess };
      }
    }
    return nearest;
  }
}
