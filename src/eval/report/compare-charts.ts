/** @file The charts of a comparison of hypergradients. */

import type { RenderFunction } from '@observablehq/plot';
import type { Comparison } from '../../autodiff/index.ts';
import type { SolverCurve } from '../compare/solver-curves.ts';
import { draw, type Plot } from './plot.ts';

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

/** What is worse is drawn here: an estimator may be off by any number of powers of ten. */
const worst = { error: 100, cosine: 1, normRatio: 2 };

/** Where errors of 0 are drawn: a decade and a half below the least of the others. */
function floorOf(values: readonly number[]): number {
  const positive = values.filter((value) => value > 0);
  return positive.length > 0 ? Math.min(...positive) / 30 : 1e-16;
}

function pointsOf(
  { rows }: Comparison,
  quality: keyof typeof qualities,
  cost: keyof typeof costs,
): RowPoint[] {
  const floor = floorOf(rows.flatMap((row) => ('refused' in row ? [] : [row.error])));
  return rows.flatMap((row, i) => {
    if ('refused' in row || Number.isNaN(row[quality])) return [];
    const least = quality === 'error' ? floor : Number.NEGATIVE_INFINITY;
    const value = Math.min(Math.max(row[quality], least), worst[quality]);
    const at = cost === 'seconds' ? Math.max(row.seconds, 1e-4) : row.heldBytes / 1e6;
    return [{ number: `${i + 1}`, family: familyOf(row.method), cost: at, value }];
  });
}

/** Of a dot, in pixels. */
const radius = 9;

/** Ways in which a dot may be moved, from none on outwards. */
const ways = Array.from({ length: 240 }, (_, i) => {
  const [ring, angle] = [Math.ceil(i / 12), (i % 12) * (Math.PI / 6)];
  return [(ring * radius * Math.cos(angle)) / 2, (ring * radius * Math.sin(angle)) / 2] as const;
});

/** Dots in pixels, each moved as little as it takes not to cover those before, within the frame. */
function apart(
  places: readonly (readonly [number, number])[],
  { width, height }: { readonly width: number; readonly height: number },
): [number, number][] {
  const placed: [number, number][] = [];
  for (const [x, y] of places) {
    const isFree = ([a, b]: readonly [number, number]) =>
      a > size.marginLeft &&
      a < width - radius &&
      b > radius &&
      b < height - size.marginBottom &&
      placed.every(([c, d]) => Math.hypot(a - c, b - d) >= 2 * radius - 1);
    const tried = ways.map(([dx, dy]): [number, number] => [x + dx, y + dy]);
    placed.push(tried.find(isFree) ?? [x, y]);
  }
  return placed;
}

const size = {
  width: 460,
  height: 310,
  marginTop: 26,
  marginRight: 24,
  marginBottom: 45,
  marginLeft: 62,
};
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

/** Dots with a number in each, moved apart, with a line to where they belong. */
function numbered(plot: Plot, points: readonly RowPoint[]) {
  const separate: RenderFunction = (index, scales, values, dimensions, context, next) => {
    const { x = [], y = [] } = values as { x?: number[]; y?: number[] };
    const places = Array.from(index, (i) => [x[i], y[i]] as const);
    const [xs, ys] = [Array.from(x), Array.from(y)];
    const moved = apart(places, dimensions);
    const tails = places.flatMap(([fromX, fromY], k) => {
      [xs[index[k]], ys[index[k]]] = moved[k];
      return Math.hypot(moved[k][0] - fromX, moved[k][1] - fromY) > 1
        ? [`M${fromX},${fromY}L${moved[k]}`]
        : [];
    });
    const drawn = next?.(index, scales, { ...values, x: xs, y: ys } as never, dimensions, context);
    const path = drawn?.ownerDocument.createElementNS('http://www.w3.org/2000/svg', 'path');
    path?.setAttribute('d', tails.join(''));
    path?.setAttribute('stroke', '#777');
    if (path && tails.length > 0) drawn?.insertBefore(path, drawn.firstChild);
    return drawn ?? null;
  };
  const place = { x: 'cost', y: 'value', sort: null, render: separate };
  return [
    plot.dot(points, {
      ...place,
      r: radius,
      fill: ({ family }: RowPoint) => families[family],
      stroke: 'white',
    }),
    plot.text(points, {
      ...place,
      text: 'number',
      fill: 'white',
      fontSize: 11,
      fontWeight: 600,
    }),
  ];
}

/** A named line of points; the same name has the same colour. */
interface LinePoint {
  readonly x: number;
  readonly y: number;
  readonly series: string;
}

/** Colours of lines in the order of their names. */
const palette = [...Object.values(families), '#a463f2'];

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
      // The last line may cover another: it is dashed.
      ...series.map((name, i) =>
        plot.lineY(
          points.filter((point) => point.series === name),
          {
            x: 'x',
            y: 'y',
            stroke: palette[i],
            strokeWidth: 2,
            ...(i > 1 && i === series.length - 1 && { strokeDasharray: '5 5' }),
          },
        ),
      ),
      ...(dots ? [plot.dot(points, { x: 'x', y: 'y', fill: 'series', r: 3.5 })] : []),
    ],
  }));
}

/** The names of lines in their colours, as HTML. */
export const lineLegend = (series: readonly string[]): string =>
  `<p class="legend lines">${series
    .map((name, i) => `<span><b style="background:${palette[i]}"></b>${name}</span>`)
    .join('')}</p>`;

/** How many of the last steps are worth a look: earlier ones add less than a millionth. */
function visible({ curve }: Pick<Comparison, 'curve'>): number {
  const last = curve.findLastIndex(({ error }) => error > 1e-6);
  return Math.min(curve.length - 1, Math.ceil(1.1 * (last + 1)));
}

/** The error of `truncated(τ)` for every τ, counted in steps or in epochs. */
export const truncationError = (
  comparison: Pick<Comparison, 'curve'>,
  unit = 'steps',
): Promise<string> =>
  lines(
    comparison.curve
      .slice(0, visible(comparison) + 1)
      .filter(({ error }) => error > 0)
      .map(({ tau, error }) => ({ x: tau, y: error, series: 'error' })),
    { x: `the last ${unit} that are differentiated`, y: qualities.error, logY: true },
  );

/** The names of the lines of `truncationLikeness`. */
export const likenessNames = ['cosine', 'norm ratio', 'part of the gradient seen'];

/** Cosine, norm ratio and the part seen, for every τ. */
export const truncationLikeness = (
  comparison: Pick<Comparison, 'curve'>,
  unit = 'steps',
): Promise<string> =>
  lines(
    comparison.curve
      .slice(0, visible(comparison) + 1)
      .flatMap(({ tau, cosine, normRatio, fraction }) =>
        [cosine, normRatio, fraction].map((y, i) => ({ x: tau, y, series: likenessNames[i] })),
      ),
    { x: `the last ${unit} that are differentiated`, y: 'of truncated(τ)', rule: 1 },
  );

/** The names of the lines of `shareChart`. */
export const shareNames = ['norm of the share', 'norm of the adjoint'];

/** What each step contributed, and the norm of the adjoint after it. */
export const shareChart = (comparison: Comparison): Promise<string> =>
  lines(
    comparison.shares
      .slice(0, Math.max(visible(comparison), 1))
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
        y: Math.max(point[of], 1e-16),
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
