/** @file The charts of the paper: curves with a band, bars with a line, groups of bars. */

import { palette } from './palette.ts';
import { draw, namesAt } from './plot.ts';

/** A point of a curve, with half of its interval, or NaN where there is none. */
export interface CurvePoint {
  readonly x: number;
  readonly y: number;
  readonly margin: number;
  readonly series: string;
}

/** A bar at a place on the axis, with half of its interval, and a point of a line on another axis. */
export interface Bar {
  readonly x: string;
  readonly mean: number;
  readonly margin: number;
  readonly line: number;
}

/** A bar of a series in a group. */
export interface GroupedBar {
  readonly group: string;
  readonly series: string;
  readonly mean: number;
  readonly margin: number;
}

const known = (margin: number): number => (Number.isNaN(margin) ? 0 : margin);

/** Axes of curves. `dots` marks the points: few, with nothing known in between. */
export interface CurveOptions {
  readonly x: string;
  readonly y: string;
  readonly domain?: readonly [number, number];
  readonly dots?: boolean;
}

/** Where the names of curves stand: at their ends, moved apart where these are close. */
function labelPlaces(
  series: readonly string[],
  points: readonly CurvePoint[],
  domain?: readonly [number, number],
): CurvePoint[] {
  const heights = domain ?? points.map(({ y }) => y);
  const least = 0.07 * (Math.max(...heights) - Math.min(...heights));
  const ends = series
    .map((name) => points.filter((point) => point.series === name).at(-1) as CurvePoint)
    .sort((a, b) => b.y - a.y);
  const places: CurvePoint[] = [];
  for (const end of ends) {
    const above = places.at(-1)?.y ?? Number.POSITIVE_INFINITY;
    places.push({ ...end, y: Math.min(end.y, above - least) });
  }
  return places;
}

/** Curves with bands of their intervals, named at their ends. */
export function curves(
  points: readonly CurvePoint[],
  { x, y, domain, dots = false }: CurveOptions,
): Promise<string> {
  const series = [...new Set(points.map((point) => point.series))];
  const ends = labelPlaces(series, points, domain);
  const bars = dots ? points.filter((point) => !Number.isNaN(point.margin)) : [];
  const places = new Set(points.map((point) => point.x));
  // A letter is about 7 pixels wide.
  const names = series.length > 1 ? 7 * Math.max(...series.map((name) => name.length)) : 0;
  return draw((plot) => ({
    width: names > 0 ? 377 + names : 370,
    height: 280,
    marginTop: 30,
    marginRight: names > 0 ? 32 + names : 20,
    // At one place alone the library would draw its number with many digits.
    x: { label: x, ...(places.size === 1 && { ticks: [...places], tickFormat: String }) },
    y: { label: y, ...(domain && { domain }) },
    color: { domain: series, range: palette },
    marks: [
      plot.areaY(points, {
        x: 'x',
        z: 'series',
        y1: ({ y: mean, margin }: CurvePoint) => mean - known(margin),
        y2: ({ y: mean, margin }: CurvePoint) => mean + known(margin),
        fill: 'series',
        fillOpacity: dots ? 0 : 0.2,
        clip: true,
      }),
      plot.lineY(points, {
        x: 'x',
        y: 'y',
        z: 'series',
        stroke: 'series',
        strokeWidth: 2,
        strokeDasharray: dots ? '4 4' : undefined,
      }),
      plot.dot(dots ? points : [], { x: 'x', y: 'y', fill: 'series', r: 4 }),
      plot.ruleX(bars, {
        x: 'x',
        y1: ({ y: mean, margin }: CurvePoint) => mean - margin,
        y2: ({ y: mean, margin }: CurvePoint) => mean + margin,
        stroke: 'series',
        strokeWidth: 2,
      }),
      ...(series.length > 1 ? namesAt(plot, ends, { x: 'x', y: 'y', name: 'series' }) : []),
    ],
  }));
}

/** Bars with their intervals, and a line that has the axis on the right. */
export function barsAndLine(
  bars: readonly Bar[],
  { x, y, line, order }: { x: string; y: string; line: string; order: readonly string[] },
): Promise<string> {
  // Rates: an interval of two seeds may reach beyond all of them.
  const ends = bars.map(({ mean, margin }) => Math.min(1, mean + known(margin)));
  const most = Math.max(0.1, ...ends);
  const points = bars.filter((bar) => !Number.isNaN(bar.line));
  const heights = points.map((bar) => bar.line);
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  const span = high > low ? high - low : 1;
  // Plot has one vertical axis: the line is scaled into the upper part of the bars' one.
  const scaled = (value: number) => most * (0.1 + (0.8 * (value - low)) / span);
  const color = '#d0342c';
  return draw((plot) => ({
    width: 420,
    height: 280,
    marginRight: points.length > 0 ? 60 : 20,
    x: { label: x, domain: [...order] },
    y: { label: y, domain: [0, 1.05 * most] },
    marks: [
      plot.barY(bars, { x: 'x', y: 'mean', fill: '#8fa8e0' }),
      plot.ruleX(
        bars.filter(({ margin }) => !Number.isNaN(margin)),
        {
          x: 'x',
          y1: ({ mean, margin }: Bar) => Math.max(0, mean - margin),
          y2: ({ mean, margin }: Bar) => Math.min(1, mean + margin),
          stroke: 'currentColor',
          strokeWidth: 2,
        },
      ),
      plot.lineY(points, {
        x: 'x',
        y: (bar: Bar) => scaled(bar.line),
        stroke: color,
        strokeWidth: 2,
      }),
      plot.dot(points, { x: 'x', y: (bar: Bar) => scaled(bar.line), fill: color, r: 3 }),
      ...(points.length > 0
        ? [
            // An axis of its own in the place of the one that is drawn where there is none.
            plot.axisY({ anchor: 'left', label: y }),
            plot.axisY([low, (low + high) / 2, high].map(scaled), {
              anchor: 'right',
              label: line,
              color,
              tickFormat: (value: number) => (low + ((value / most - 0.1) / 0.8) * span).toFixed(0),
            }),
          ]
        : []),
    ],
  }));
}

/** Groups of bars side by side, a colour a series, with a legend above. */
export function groupedBars(
  bars: readonly GroupedBar[],
  { y, groups, series }: { y: string; groups: readonly string[]; series: readonly string[] },
): Promise<string> {
  const place = (i: number) => ({ x: series[i], fill: palette[i] });
  // A group without bars would get an axis of its own in the middle of the picture.
  const shown = groups.filter((name) => bars.some(({ group }) => group === name));
  return draw((plot) => ({
    width: 760,
    height: 320,
    marginTop: 40,
    fx: { label: null, domain: shown, padding: 0.15 },
    x: { axis: null, domain: [...series] },
    y: { label: y },
    color: { domain: [...series], range: series.map((_, i) => place(i).fill) },
    marks: [
      plot.barY(bars, { fx: 'group', x: 'series', y: 'mean', fill: 'series' }),
      plot.ruleX(
        bars.filter(({ margin }) => !Number.isNaN(margin)),
        {
          fx: 'group',
          x: 'series',
          y1: ({ mean, margin }: GroupedBar) => Math.max(0, mean - margin),
          y2: ({ mean, margin }: GroupedBar) => mean + margin,
          stroke: 'currentColor',
        },
      ),
      plot.ruleY([0]),
    ],
  }));
}

/** The colours of series, named, as a line of HTML. */
export const legend = (series: readonly string[]): string =>
  `<p class="legend">${series
    .map((name, i) => {
      const sign = `<span style="color:${palette[i]}">■</span>`;
      return `<span style="white-space:nowrap">${sign} ${name}</span>`;
    })
    .join(' &ensp; ')}</p>`;
