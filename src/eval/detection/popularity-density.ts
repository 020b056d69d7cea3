/** @file How popular the items are that users click: densities, for real and for fake users. */

import { columnCounts, type SparseMatrix } from '../../data/portable.ts';
import { UserError } from '../../errors.ts';

/** Some users by name, such as `real users`, or those of one attack. */
export interface ClickGroup {
  readonly name: string;
  readonly clicks: SparseMatrix;
}

/** A density over the popularity of clicked items. */
export interface DensityPoint {
  readonly group: string;
  /** Clicks of real users that an item has. */
  readonly popularity: number;
  /** The density in log10(1 + popularity). */
  readonly density: number;
}

/**
 * The density of log10(1 + popularity) over the clicks of each group (Tang, Wen & Wang 2020, figure
 * 5b), at `points` places that are the same for all. Popularity is the number of clicks in `train`,
 * the real users' clicks. Gaussian kernels whose width is Silverman's of each group, at least a
 * hundredth of the range. Throws a UserError for a group without clicks.
 */
export function popularityDensities(
  train: SparseMatrix,
  groups: readonly ClickGroup[],
  points = 128,
): DensityPoint[] {
  const logs = Float64Array.from(columnCounts(train), (count) => Math.log10(1 + count));
  const end = logs.reduce((most, x) => Math.max(most, x), 0) * 1.05;
  const places = Float64Array.from({ length: points }, (_, i) => (end * i) / (points - 1));
  return groups.flatMap(({ name, clicks }) => {
    if (clicks.indices.length === 0) throw new UserError(`${name}: expected clicks, got none`);
    const density = kernelDensity(clicks.indices, logs, places, end / 100);
    return Array.from(places, (x, i) => ({
      group: name,
      popularity: 10 ** x - 1,
      density: density[i],
    }));
  });
}

function kernelDensity(
  items: Int32Array,
  value: Float64Array,
  places: Float64Array,
  leastWidth: number,
): Float64Array {
  const n = items.length;
  // Equal items have equal values: each is one kernel, as high as it is clicked.
  const clicksOf = new Map<number, number>();
  for (const item of items) clicksOf.set(value[item], (clicksOf.get(value[item]) ?? 0) + 1);
  let [mean, variance] = [0, 0];
  for (const [x, count] of clicksOf) mean += (count * x) / n;
  for (const [x, count] of clicksOf) variance += (count * (x - mean) ** 2) / n;
  const width = Math.max(1.06 * Math.sqrt(variance) * n ** -0.2, leastWidth);
  const scale = 1 / (n * width * Math.sqrt(2 * Math.PI));
  return places.map((place) => {
    let sum = 0;
    for (const [x, count] of clicksOf) sum += count * Math.exp(-(((place - x) / width) ** 2) / 2);
    return scale * sum;
  });
}
