/** @file The pictures of an attack: its course, its fake users, and how genuine they look. */

import type { AttackRecord } from '../../attack/index.ts';
import { columnCounts, rowOf, type SparseMatrix } from '../../data/index.ts';
import { palette } from './palette.ts';
import { draw } from './plot.ts';

/** Genuine and fake, or trained on and held out: the second of each pair stands out. */
const [calm, loud] = palette;
const colors = { calm, loud };

/** A number of each iteration on the surrogates, and on the held-out ones where there are any. */
type Curve = (effect: Pick<AttackRecord, 'loss' | 'figures'>) => number;

/** The series of curves. */
export const names = { own: 'learned through', other: 'held out' };

/** A curve over iterations, and a rule at the best. */
export function courseOf(
  history: readonly AttackRecord[],
  best: number,
  label: string,
  curve: Curve,
): Promise<string> {
  const points = history.flatMap((record) => {
    const { iteration, heldOut } = record;
    const own = { iteration, series: names.own, value: curve(record) };
    return heldOut ? [own, { iteration, series: names.other, value: curve(heldOut) }] : [own];
  });
  const isLevel = new Set(points.map(({ value }) => value)).size === 1;
  return draw((plot) => ({
    width: 460,
    height: 280,
    marginRight: 20,
    marginTop: 30,
    x: { label: 'updates of the fake users', ticks: everyFew(history.length) },
    // Of a single height the library would draw the number with many digits.
    y: { label, ...(isLevel && { ticks: [points[0].value], tickFormat: '.3~g' }) },
    color: {
      domain: [names.own, names.other],
      range: [colors.calm, colors.loud],
    },
    marks: [
      plot.ruleX([best], { stroke: '#888', strokeDasharray: '3 3' }),
      plot.lineY(points, {
        x: 'iteration',
        y: 'value',
        z: 'series',
        stroke: 'series',
        strokeWidth: 2,
      }),
      plot.dot(points, { x: 'iteration', y: 'value', fill: 'series', r: 2.5 }),
    ],
  }));
}

/** At most eleven whole numbers below `count`, evenly spread. */
const everyFew = (count: number): number[] => {
  const step = Math.ceil(count / 11);
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step);
};

/** Items from the most clicked to the least, ties by number: the place of each on that line. */
function popularityRanks(train: SparseMatrix): Int32Array {
  const counts = columnCounts(train);
  const order = Int32Array.from(counts.keys()).sort((a, b) => counts[b] - counts[a] || a - b);
  const ranks = new Int32Array(counts.length);
  order.forEach((item, rank) => {
    ranks[item] = rank;
  });
  return ranks;
}

/** Fake users that the picture shows at most, and columns that it tells apart. */
const [mostRows, pixels] = [200, 1400];

/** A tick for each click: fake users from above, items from the left by popularity. */
export function clicksPicture(
  fakes: SparseMatrix,
  train: SparseMatrix,
  targets: readonly number[],
): Promise<string> {
  const ranks = popularityRanks(train);
  const isTarget = new Set(targets);
  const rows = Math.min(fakes.rows, mostRows);
  // One line with gaps, since thousands of elements are slow to show.
  const ticks = (wanted: boolean) =>
    Array.from({ length: rows }, (_, row) => {
      const places = Array.from(rowOf(fakes, row))
        .filter((item) => isTarget.has(item) === wanted)
        .map((item) => Math.floor(((ranks[item] + 0.5) * pixels) / train.columns));
      return [...new Set(places)].flatMap((place) => {
        const x = ((place + 0.5) * train.columns) / pixels;
        return [row + 0.1, row + 0.9, Number.NaN].map((y) => ({ x, y }));
      });
    }).flat();
  return draw((plot) => ({
    width: 940,
    marginTop: 30,
    height: Math.max(150, Math.min(560, 60 + 6 * rows)),
    marginLeft: 50,
    grid: false,
    x: { label: 'items, from the most clicked to the least', domain: [0, train.columns] },
    y: { label: 'fake users', domain: [0, rows], reverse: true, ticks: Math.min(rows, 5) },
    marks: [
      plot.line(ticks(false), { x: 'x', y: 'y', stroke: colors.calm, strokeWidth: 1 }),
      plot.line(ticks(true), { x: 'x', y: 'y', stroke: colors.loud, strokeWidth: 2.5 }),
      plot.frame({ stroke: '#ccc' }),
    ],
  }));
}

/** Numbers of genuine and of fake users to compare. */
export interface Compared {
  readonly genuine: ArrayLike<number>;
  readonly fake: ArrayLike<number>;
}

/** Shares in bins of both groups, as two steps, the number on a logarithmic axis or a linear one. */
export function sharesOf(
  { genuine, fake }: Compared,
  { x, y, bounds, log }: { x: string; y: string; bounds: readonly number[]; log: boolean },
): Promise<string> {
  const steps = (numbers: ArrayLike<number>, series: string) => {
    const counts = new Array<number>(bounds.length - 1).fill(0);
    for (const number of Array.from(numbers)) {
      const above = bounds.findIndex((bound) => number < bound);
      // Above the last bound is its bin, below the first is the first.
      counts[Math.max(0, (above < 0 ? bounds.length - 1 : above) - 1)]++;
    }
    return counts.map((count, i) => {
      return { x1: bounds[i], x2: bounds[i + 1], share: count / numbers.length, series };
    });
  };
  const bins = [...steps(genuine, 'genuine users'), ...steps(fake, 'fake users')];
  return draw((plot) => ({
    width: 460,
    height: 260,
    marginRight: 20,
    x: { label: x, ...(log && { type: 'log', tickFormat: '~s' }) },
    y: { label: y, percent: true },
    color: {
      domain: ['genuine users', 'fake users'],
      range: [colors.calm, colors.loud],
    },
    marks: [
      // Both from 0 on: marks of one axis would be stacked.
      plot.rect(bins, { x1: 'x1', x2: 'x2', y1: 0, y2: 'share', fill: 'series', fillOpacity: 0.3 }),
      plot.rect(bins, { x1: 'x1', x2: 'x2', y1: 0, y2: 'share', stroke: 'series' }),
      plot.ruleY([0]),
    ],
  }));
}

/** Bounds of bins that grow by a constant factor, from the smallest number to above the largest. */
export function growingBounds(numbers: ArrayLike<number>, bins: number): number[] {
  let [smallest, largest] = [Number.POSITIVE_INFINITY, 1];
  for (const number of Array.from(numbers)) {
    smallest = Math.min(smallest, Math.max(1, number));
    largest = Math.max(largest, number);
  }
  const least = Math.min(smallest, largest);
  const factor = Math.max(2, (largest + 1) / least) ** (1 / bins);
  return Array.from({ length: bins + 1 }, (_, i) => least * factor ** i);
}
