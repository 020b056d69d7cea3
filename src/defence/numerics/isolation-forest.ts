/** @file How few random cuts it takes to set a point apart. */

import { Turns } from '../../autodiff/index.ts';
import { type Random, random } from '../../data/random.ts';
import type { Points } from './local-outlier-factor.ts';

/** A leaf of `size` points, or a cut. */
type Node =
  | { readonly size: number }
  | { readonly column: number; readonly cut: number; readonly below: Node; readonly above: Node };

/** The mean depth of an unsuccessful search in a binary tree of n points: 2 H(n-1) - 2 (n-1)/n. */
export function meanDepth(n: number): number {
  if (n < 2) return 0;
  let harmonic = 0;
  for (let i = 1; i < n; i++) harmonic += 1 / i;
  return 2 * harmonic - (2 * (n - 1)) / n;
}

/**
 * The isolation score of each point, `2^(-E[h] / c(n))` with its depth h in `trees` trees of `sample`
 * points each (Liu, Ting & Zhou 2008): near 1 for outliers, about 1/2 if there are none. Throws the
 * signal's reason when that is aborted.
 */
export async function isolationScores(
  points: Points,
  {
    trees,
    sample,
    seed,
    signal,
  }: { trees: number; sample: number; seed: number; signal?: AbortSignal },
): Promise<Float64Array> {
  const draw = random(seed).fork('isolation forest');
  const taken = Math.min(sample, points.size);
  const limit = Math.ceil(Math.log2(Math.max(taken, 2)));
  // The mean depth of a search in what a leaf holds is added to the leaf's own.
  const searches = Float64Array.from({ length: taken + 1 }, (_, n) => meanDepth(n));
  const depths = new Float64Array(points.size);
  const turns = new Turns(signal);
  for (let tree = 0; tree < trees; tree++) {
    const root = grow(points, draw.sample(points.size, taken), limit, draw);
    for (let point = 0; point < points.size; point++)
      depths[point] += depthOf(points, point, root, searches);
    await turns.pass();
  }
  const scale = Math.max(meanDepth(taken), Number.MIN_VALUE);
  return depths.map((depth) => 2 ** (-depth / trees / scale));
}

function grow(points: Points, rows: readonly number[], limit: number, draw: Random): Node {
  if (limit === 0 || rows.length < 2) return { size: rows.length };
  const { width, coordinates } = points;
  const ranges = Array.from({ length: width }, (_, column) => {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const row of rows) {
      const x = coordinates[row * width + column];
      least = Math.min(least, x);
      most = Math.max(most, x);
    }
    return { column, least, most };
  }).filter(({ least, most }) => most > least);
  if (ranges.length === 0) return { size: rows.length };
  const { column, least, most } = ranges[draw.integer(ranges.length)];
  const cut = least + draw.uniform() * (most - least);
  const isBelow = (row: number) => coordinates[row * width + column] <= cut;
  return {
    column,
    cut,
    below: grow(points, rows.filter(isBelow), limit - 1, draw),
    above: grow(
      points,
      rows.filter((row) => !isBelow(row)),
      limit - 1,
      draw,
    ),
  };
}

function depthOf(
  { width, coordinates }: Points,
  point: number,
  root: Node,
  searches: Float64Array,
): number {
  let node = root;
  let depth = 0;
  for (; 'column' in node; depth++) {
    node = coordinates[point * width + node.column] <= node.cut ? node.below : node.above;
  }
  return depth + searches[node.size];
}
