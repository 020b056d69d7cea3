/** @file Curves by uPlot, in the colours of the page, as wide as their place. */

import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

/** One curve; NaN leaves a gap. */
export interface Series {
  readonly label: string;
  /** A CSS custom property, such as `--blue`. */
  readonly colour: string;
  readonly values: ArrayLike<number>;
  readonly dashed?: boolean;
  readonly scale?: string;
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

const resolve = (element: Element, property: string): string =>
  getComputedStyle(element).getPropertyValue(property).trim();

/** A chart. The figure's name for assistive tools is its label. */
export const Chart = (props: ChartProps) => {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const band = useRef(props.band);
  band.current = props.band;
  const shape = JSON.stringify([
    props.series.map(({ label, dashed, scale }) => [label, dashed, scale]),
    props.ranges,
    props.log,
  ]);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const made = new uPlot(optionsOf(props, element), dataOf(props), element);
    chart.current = made;
    const observer = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height: props.height ?? 220 });
      showBand(made, band.current);
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
  return <div class="chart" ref={place} role="img" aria-label={props.label} />;
};

/** The labels of a logarithmic scale; places between the powers have none. */
const powers = (_: uPlot, splits: (number | null)[]): string[] =>
  splits.map((y) => (y === null ? '' : y.toExponential(0)));

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

function optionsOf(props: ChartProps, element: Element): uPlot.Options {
  const text = resolve(element, '--text-soft');
  const grid = { stroke: resolve(element, '--line'), width: 1 };
  const axis = { stroke: text, grid, ticks: grid, font: '12px system-ui, sans-serif' };
  const scales = Object.entries(props.ranges ?? {}).map(([name, range]) => [
    name,
    { time: false, range: [...range] },
  ]);
  const end = { pad: 0.1, soft: 0, mode: 1 as const };
  const y = {
    ...(props.log && { distr: 3 as const }),
    ...(props.zero && { range: { min: end, max: end } }),
  };
  return {
    width: element.clientWidth,
    height: props.height ?? 220,
    legend: { live: false },
    cursor: { drag: { x: props.onBrush !== undefined, y: false, setScale: false } },
    scales: { x: { time: false }, y, ...Object.fromEntries(scales) },
    axes: [
      { ...axis, label: props.xLabel, labelFont: axis.font, labelSize: 22 },
      {
        ...axis,
        size: 56,
        scale: props.series[0]?.scale ?? 'y',
        ...(props.log && { values: powers }),
      },
    ],
    series: [
      {},
      ...props.series.map(({ label, colour, dashed, scale }) => ({
        label,
        scale: scale ?? 'y',
        stroke: resolve(element, colour),
        width: 2,
        dash: dashed ? [6, 4] : undefined,
        points: { show: false },
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
