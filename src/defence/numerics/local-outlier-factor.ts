/** @file How much less dense the place of a point is than those of its neighbours. */

import { Turns } from '../../autodiff/index.ts';

/** Points `[size, width]`, row-major. */
export interface Points {
  readonly size: number;
  readonly width: number;
  readonly coordinates: Float64Array;
}

/** A mean distance of 0, of more equal points than neighbours, counts as this. */
const leastDistance = 1e-10;

/**
 * The local outlier factor of each point by its `k` nearest others (Breunig et al. 2000): the mean
 * local reachability density of the neighbours over its own. Of neighbours tied at the last place
 * those that come first after the point, cyclically, are taken, so that no point is a neighbour of
 * more because of its number. In time quadratic in the points. Throws the signal's reason when that
 * is aborted.
 */
export async function localOutlierFactors(
  points: Points,
  k: number,
  signal?: AbortSignal,
): Promise<Float64Array> {
  const { size } = points;
  const count = Math.min(k, size - 1);
  if (count < 1) return new Float64Array(size).fill(1);
  const neighbours = new Int32Array(size * count);
  const distances = new Float64Array(size * count);
  const turns = new Turns(signal);
  for (let point = 0; point < size; point++) {
    nearest(points, point, count, neighbours, distances);
    await turns.pass();
  }
  const density = Float64Array.from({ length: size }, (_, point) => {
    let reach = 0;
    for (let i = point * count; i < (point + 1) * count; i++) {
      reach += Math.max(distances[neighbours[i] * count + count - 1], distances[i]);
    }
    return 1 / Math.max(reach / count, leastDistance);
  });
  return density.map((own, point) => {
    let sum = 0;
    for (let i = point * count; i < (point + 1) * count; i++) sum += density[neighbours[i]];
    return sum / count / own;
  });
}

/** Writes the `count` nearest others of a point and their distances, the nearest first. */
function nearest(
  { size, width, coordinates }: Points,
  point: number,
  count: number,
  neighbours: Int32Array,
  distances: Float64Array,
): void {
  const best = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const numbers = new Int32Array(count);
  const start = point * width;
  for (let step = 1; step < size; step++) {
    const other = point + step < size ? point + step : point + step - size;
    const from = other * width;
    let squared = 0;
    for (let c = 0; c < width; c++)
      squared += (coordinates[start + c] - coordinates[from + c]) ** 2;
    if (squared >= best[count - 1]) continue;
    let at = count - 1;
    for (; at > 0 && best[at - 1] > squared; at--) {
      best[at] = best[at - 1];
      numbers[at] = numbers[at - 1];
    }
    best[at] = squared;
    numbers[at] = other;
  }
  neighbours.set(numbers, point * count);
  distances.set(best.map(Math.sqrt), point * count);
}
