/** @file The charts of a comparison of hypergradients. */

import type { Comparison, StepShare, Truncation } from '../../autodiff/index.ts';
import type { SolverCurve } from '../compare/solver-curves.ts';
import { draw } from './plot.ts';

/** Families of estimators, by what they differentiate, with their colours. */
export const families = {
  unrolled: '#4269d0',
  implicit: '#d0532c',
  'forward and differences': '#2f8f4e',
} as const;

type Family = keyof typeof families;

/** The family of an estimator by its name. */
export function familyOf(method: string): Family {
  if (method.startsWith('implicit')) return 'implicit';
  return /^(forward|finiteDifferences)/.test(method) ? 'forward and differences' : 'unrolled';
}

/** A row of the table as a point: its number there, what it cost, how good it is. */
interface RowPoint {
  readonly number: string;
  readonly family: Family;
  readonly cost: number;
  readonly value: number;
}

/** What is drawn of each row. */
export const qualities = {
  error: 'error ‖h - g‖ / ‖g‖',
  cosine: 'cosine',
  normRatio: 'norm ratio ‖h‖ / ‖g‖',
} as const;

/** What a row may be drawn against. */
export const costs = { seconds: 'seconds', heldBytes: 'MB of states held' } as const;

/** Errors of 0, or of rounding alone, are drawn here. */
const floor = 1e-16;

function pointsOf(
  { rows }: Comparison,
  quality: keyof typeof qualities,
  cost: keyof typeof costs,
): RowPoint[] {
  return rows.flatMap((row, i) => {
    if ('refused' in row || Number.isNaN(row[quality])) return [];
    const value = quality === 'error' ? Math.max(row.error, floor) : row[quality];
    const at = cost === 'seconds' ? Math.max(row.seconds, 1e-4) : row.heldBytes / 1e6;
    return [{ number: `${i + 1}`, family: familyOf(row.method), cost: at, value }];
  });
}

/** Half a gap between two dots, in pixels. */
const radius = 9;

/** Moves dots apart upwards where they would cover one another; `at` in pixels. */
function apart(places: readonly (readonly [number, number])[]): [number, number][] {
  const placed: [number, number][] = [];
  for (const [x, y] of places) {
    let height = y;
    const covers = ([a, b]: readonly [number, number]) =>
      Math.hypot(a - x, b - height) < 2 * radius;
    while (placed.some(covers)) height -= radius / 2;
    placed.push([x, height]);
  }
  return placed;
}

const size = { width: 430, height: 300, marginTop: 26, marginRight: 24 };
const inset = 14;

/** Numbered dots, a row each: how good an estimator is against what it costs. */
export function costChart(
  comparison: Comparison,
  quality: keyof typeof qualities,
  cost: keyof typeof costs,
): Promise<string> {
  const points = pointsOf(comparison, quality, cost);
  const sizes = points.map((point) => point.cost);
  const domain = [Math.min(...sizes), Math.max(...sizes)];
  const log = quality === 'error';
  return draw((plot) => ({
    ...size,
    inset,
    x: {
      label: costs[cost],
      type: cost === 'seconds' ? 'log' : 'sqrt',
      ...(domain[0] < domain[1] && { domain }),
      ...(cost === 'seconds' && { ticks: 5, tickFormat: (x: number) => `${x}` }),
    },
    y: { label: qualities[quality], ...(log && { type: 'log', tickFormat: '.0e', ticks: 8 }) },
    marks: [
      ...(log ? [] : [plot.ruleY([1], { stroke: '#999', strokeDasharray: '4 3' })]),
      numbered(plot, points),
    ],
  }));
}

/** Dots with a number in each, moved apart. */
function numbered(plot: Parameters<Parameters<typeof draw>[0]>[0], points: readonly RowPoint[]) {
  const separate: import('@observablehq/plot').RenderFunction = (
    index,
    scales,
    values,
    dimensions,
    context,
    next,
  ) => {
    const { x = [], y = [] } = values as { x?: number[]; y?: number[] };
    const moved = apart(index.map((i) => [x[i], y[i]]));
    const [xs, ys] = [Array.from(x), Array.from(y)];
    index.forEach((i, k) => {
      [xs[i], ys[i]] = moved[k];
    });
    const at = { ...values, x: xs, y: ys };
    return next?.(index, scales, at as typeof values, dimensions, context) ?? null;
  };
  const place = { x: 'cost', y: 'value', sort: null, render: separate };
  return [
    plot.dot(points, {
      ...place,
      r: radius,
      fill: ({ family }: RowPoint) => families[family],
      stroke: 'white',
    }),
    plot.text(points, { ...place, text: 'number', fill: 'white', fontSize: 11, fontWeight: 600 }),
  ];
}

/** A named line of points; the same name has the same colour. */
interface LinePoint {
  readonly x: number;
  readonly y: number;
  readonly series: string;
}

/** Colours of lines in the order of their names. */
const palette = ['#4269d0', '#d0532c', '#2f8f4e', '#a463f2'];

/** How lines are drawn. */
interface LineOptions {
  readonly x: string;
  readonly y: string;
  readonly logX?: boolean;
  readonly logY?: boolean;
  readonly dots?: boolean;
  readonly rule?: number;
}

function lines(points: readonly LinePoint[], options: LineOptions): Promise<string> {
  const { x, y, logX = false, logY = false, dots = false, rule } = options;
  const series = [...new Set(points.map((point) => point.series))];
  return draw((plot) => ({
    ...size,
    x: {
      label: x,
      ...(logX && { type: 'log', ticks: 4, tickFormat: (value: number) => `${value}` }),
    },
    y: { label: y, ...(logY && { type: 'log', tickFormat: '.0e', ticks: 6 }) },
    color: { domain: series, range: palette },
    marks: [
      ...(rule === undefined
        ? []
        : [plot.ruleY([rule], { stroke: '#999', strokeDasharray: '4 3' })]),
      plot.lineY(points, { x: 'x', y: 'y', stroke: 'series', strokeWidth: 2 }),
      ...(dots ? [plot.dot(points, { x: 'x', y: 'y', fill: 'series', r: 3.5 })] : []),
    ],
  }));
}

/** The names of lines in their colours, as HTML. */
export const lineLegend = (series: readonly string[]): string =>
  `<p class="legend">${series
    .map((name, i) => `<span><b style="background:${palette[i]}"></b>${name}</span>`)
    .join('')}</p>`;

/** The error of `truncated(τ)` for every τ. */
export const truncationError = (curve: readonly Truncation[]): Promise<string> =>
  lines(
    curve
      .filter(({ error }) => error > 0)
      .map(({ tau, error }) => ({ x: tau, y: error, series: 'error' })),
    { x: 'τ, the last steps that are differentiated', y: qualities.error, logY: true },
  );

/** The names of the lines of `truncationLikeness`. */
export const likenessNames = ['cosine', 'norm ratio', 'part of the gradient seen'];

/** Cosine, norm ratio and the part seen, for every τ. */
export const truncationLikeness = (curve: readonly Truncation[]): Promise<string> =>
  lines(
    curve.flatMap(({ tau, cosine, normRatio, fraction }) =>
      [cosine, normRatio, fraction].map((y, i) => ({ x: tau, y, series: likenessNames[i] })),
    ),
    { x: 'τ, the last steps that are differentiated', y: 'of truncated(τ)', rule: 1 },
  );

/** The names of the lines of `shareChart`. */
export const shareNames = ['norm of the share', 'norm of the adjoint'];

/** What each step contributed, and the norm of the adjoint after it. */
export const shareChart = (shares: readonly StepShare[]): Promise<string> =>
  lines(
    shares
      .filter(({ step }) => step >= 0)
      .flatMap(({ step, norm, adjointNorm }) =>
        [norm, adjointNorm].map((y, i) => ({ x: step, y, series: shareNames[i] })),
      )
      .filter(({ y }) => y > 0),
    { x: 'step of the training', y: 'norm', logY: true },
  );

/** The residual, or the error, of each solver against its iterations. */
export const solverChart = (
  curves: readonly SolverCurve[],
  of: 'residual' | 'error',
): Promise<string> =>
  lines(
    curves.flatMap(({ solver, points }) =>
      points.map((point) => ({
        x: point.iterations,
        y: Math.max(point[of], floor),
        series: solver,
      })),
    ),
    {
      x: 'iterations',
      y: of === 'residual' ? 'residual ‖b - A q‖ / ‖b‖, recomputed' : qualities.error,
      logX: true,
      logY: true,
      dots: true,
    },
  );
