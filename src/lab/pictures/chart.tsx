/** @file Curves by uPlot, in the colours of the page, as wide as their place. */

import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { brief, tickLabels } from './numbers.ts';
import { Save, type Saveable } from './saving.tsx';
import { useDark } from './scheme.ts';
import { Worded } from './worded.tsx';

/** One curve; NaN leaves a gap. */
export interface Series {
  readonly label: string;
  /** A CSS custom property, such as `--blue`. */
  readonly colour: string;
  readonly values: ArrayLike<number>;
  /** 0 or nothing is a line without gaps; n is a dash and n - 1 dots, again and again. */
  readonly dashes?: number;
}

interface ChartProps {
  readonly label: string;
  readonly x: ArrayLike<number>;
  readonly xLabel: string;
  readonly series: readonly Series[];
  readonly height?: number;
  /** Ranges of scales by name; what is left out follows the numbers. */
  readonly ranges?: Readonly<Record<string, readonly [number, number]>>;
  /** Whether the scale `y` is logarithmic; what is not above 0 is then a gap. */
  readonly log?: boolean;
  /** Whether the scale `y` has 0 in it. */
  readonly zero?: boolean;
  /** A range of x that is brought out, and what a drag over another one asks for. */
  readonly band?: readonly [number, number];
  readonly onBrush?: (from: number, to: number) => void;
  /** Called with the index of the point under the pointer, or null. */
  readonly onPoint?: (index: number | null) => void;
}

/** The lengths of strokes and gaps, in turns. */
const dashOf = ({ dashes = 0 }: Series): number[] =>
  Array.from({ length: 2 * dashes }, (_, i) => [i === 0 ? 8 : 2, 4][i % 2]);

const resolve = (element: Element, property: string): string =>
  getComputedStyle(element).getPropertyValue(property).trim();

/** A chart, its curves named below it, and a button that saves it as SVG. */
export const Chart = (props: ChartProps) => {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const dark = useDark();
  const band = useRef(props.band);
  band.current = props.band;
  const shape = JSON.stringify([
    props.series.map(({ label, dashes }) => [label, dashes]),
    props.ranges,
    props.log,
    dark,
  ]);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const made = new uPlot(optionsOf(props, element), dataOf(props), element);
    chart.current = made;
    const observer = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height: props.height ?? 220 });
      // uPlot lays itself out in a microtask of its own.
      queueMicrotask(() => showBand(made, band.current));
    });
    observer.observe(element);
    // A click without a drag takes the band away.
    made.over.addEventListener('click', () => showBand(made, band.current));
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [shape]);
  useEffect(() => chart.current?.setData(dataOf(props)), [props.x, props.series]);
  useEffect(() => {
    if (chart.current) showBand(chart.current, props.band);
  }, [props.band?.[0], props.band?.[1], props.x, props.series]);
  return (
    <figure class="figure">
      <div class="chart" ref={place} role="img" aria-label={props.label} />
      <figcaption class="legend">
        {props.series.map((series) => (
          <span key={series.label} class="entry">
            <svg class="stroke" viewBox="0 0 36 8" aria-hidden="true">
              <line
                x2="36"
                y1="4"
                y2="4"
                stroke={`var(${series.colour})`}
                stroke-width="3"
                stroke-dasharray={dashOf(series).join(' ')}
              />
            </svg>
            <Worded text={series.label} />
          </span>
        ))}
        <Save picture={pictureOf(props, () => chart.current, place)} />
      </figcaption>
    </figure>
  );
};

function pictureOf(
  props: ChartProps,
  chart: () => uPlot | null,
  place: { readonly current: HTMLElement | null },
): Saveable {
  const markup = async () => {
    const { chartSvg } = await import('./chart-svg.ts');
    const element = place.current ?? document.body;
    const rangeOf = (scale: string): [number, number] => {
      const { min, max } = chart()?.scales[scale] ?? {};
      return [min ?? 0, max ?? 1];
    };
    return chartSvg({
      label: props.label,
      x: props.x,
      xLabel: props.xLabel,
      xRange: rangeOf('x'),
      yRange: rangeOf('y'),
      log: props.log ?? false,
      series: props.series.map((series) => ({
        label: series.label,
        colour: resolve(element, series.colour),
        dash: dashOf(series),
        values: series.values,
      })),
      colours: {
        text: resolve(element, '--text'),
        line: resolve(element, '--line'),
        ground: resolve(element, '--card'),
      },
    });
  };
  const file = async () => new Blob([await markup()], { type: 'image/svg+xml' });
  return { label: props.label, ending: 'svg', markup, file };
}

/** The labels of a logarithmic scale; places between the powers have none. */
const powers = (_: uPlot, splits: (number | null)[]): string[] =>
  splits.map((y) => (y === null ? '' : brief(y, 1)));

/** Lays the band over the plot. */
function showBand(chart: uPlot, band: ChartProps['band']): void {
  if (!band) return;
  const [left, right] = band.map((x) =>
    Math.min(chart.over.clientWidth, Math.max(0, chart.valToPos(x, 'x'))),
  );
  const place = { left, width: right - left, top: 0, height: chart.over.clientHeight };
  chart.setSelect(place, false);
}

function dataOf({ x, series, log }: ChartProps): uPlot.AlignedData {
  const shown = (y: number) => (Number.isNaN(y) || (log && y <= 0) ? null : y);
  return [Array.from(x), ...series.map(({ values }) => Array.from(values, shown))];
}

/** What is counted has whole numbers on its axis. */
const wholeSteps = [1, 2, 5].flatMap((n) => [n, 10 * n, 100 * n, 1000 * n]).sort((a, b) => a - b);

function optionsOf(props: ChartProps, element: Element): uPlot.Options {
  const text = resolve(element, '--text-soft');
  const grid = { stroke: resolve(element, '--line'), width: 1 };
  const axis = { stroke: text, grid, ticks: grid, font: '12px system-ui, sans-serif' };
  const scales = Object.entries(props.ranges ?? {}).map(([name, range]) => [
    name,
    { time: false, range: [...range] },
  ]);
  const y: uPlot.Scale = props.log ? { distr: 3 } : { range: props.zero ? zeroRange : yRange };
  return {
    width: element.clientWidth,
    height: props.height ?? 220,
    legend: { show: false },
    padding: [8, 12, 0, 0],
    cursor: { drag: { x: props.onBrush !== undefined, y: false, setScale: false } },
    scales: { x: { time: false, range: xRange }, y, ...Object.fromEntries(scales) },
    axes: [
      {
        ...axis,
        incrs: wholeSteps,
        label: props.xLabel,
        labelFont: axis.font,
        labelSize: 18,
        labelGap: 0,
        size: 28,
      },
      {
        ...axis,
        size: 56,
        scale: 'y',
        values: props.log ? powers : (_: uPlot, splits: number[]) => tickLabels(splits),
      },
    ],
    series: [
      {},
      ...props.series.map((series) => ({
        label: series.label,
        stroke: resolve(element, series.colour),
        width: 2,
        dash: [...dashOf(series)],
        // A line of one point would not be seen.
        points: { show: ({ data }: uPlot, i: number) => countOf(data[i]) === 1, size: 7 },
      })),
    ],
    hooks: {
      setSelect: [
        (chart) => {
          const { left, width } = chart.select;
          if (width === 0) return;
          props.onBrush?.(chart.posToVal(left, 'x'), chart.posToVal(left + width, 'x'));
        },
      ],
      setCursor: [({ cursor: { idx } }) => props.onPoint?.(idx ?? null)],
    },
  };
}

const countOf = (values: ArrayLike<number | null | undefined>) =>
  Array.from(values).filter(Number.isFinite).length;

/** From the first point to the last, at least one wide. */
const xRange = (_: uPlot, from: number | null, to: number | null): [number, number] => [
  from ?? 0,
  Math.max(to ?? 0, (from ?? 0) + 1),
];

/** From 0, or around it, to a little beyond the values. */
function zeroRange(_: uPlot, from: number | null, to: number | null): [number, number] {
  const [low, high] = [Math.min(0, from ?? 0), Math.max(0, to ?? 0)];
  const more = 0.1 * (high - low);
  return more > 0 ? [low < 0 ? low - more : 0, high > 0 ? high + more : 0] : [0, 1];
}

/** Around all values; equal ones stand above 0, so that nobody reads noise as a curve. */
function yRange(_: uPlot, from: number | null, to: number | null): [number, number] {
  const [low, high] = [from ?? 0, to ?? 1];
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (high - low > 1e-4 * size) return uPlot.rangeNum(low, high, 0.1, true) as [number, number];
  return [Math.min(0, 1.25 * low), Math.max(0, 1.25 * high) || 1];
}
