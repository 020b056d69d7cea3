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
  /** Called with the index of the point under the pointer, or null. */
  readonly onPoint?: (index: number | null) => void;
}

const resolve = (element: Element, property: string): string =>
  getComputedStyle(element).getPropertyValue(property).trim();

/** A chart. The figure's name for assistive tools is its label. */
export const Chart = (props: ChartProps) => {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const shape = JSON.stringify([
    props.series.map(({ label, dashed, scale }) => [label, dashed, scale]),
    props.ranges,
  ]);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const made = new uPlot(optionsOf(props, element), dataOf(props), element);
    chart.current = made;
    const observer = new ResizeObserver(() =>
      made.setSize({ width: element.clientWidth, height: props.height ?? 220 }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [shape]);
  useEffect(() => chart.current?.setData(dataOf(props)), [props.x, props.series]);
  return <div class="chart" ref={place} role="img" aria-label={props.label} />;
};

const dataOf = ({ x, series }: ChartProps): uPlot.AlignedData =>
  [Array.from(x), ...series.map(({ values }) => Array.from(values))] as uPlot.AlignedData;

function optionsOf(props: ChartProps, element: Element): uPlot.Options {
  const text = resolve(element, '--text-soft');
  const grid = { stroke: resolve(element, '--line'), width: 1 };
  const axis = { stroke: text, grid, ticks: grid, font: '12px system-ui, sans-serif' };
  const scales = Object.entries(props.ranges ?? {}).map(([name, range]) => [
    name,
    { range: [...range] },
  ]);
  return {
    width: element.clientWidth,
    height: props.height ?? 220,
    legend: { live: false },
    cursor: { drag: { setScale: false } },
    scales: { x: { time: false }, ...Object.fromEntries(scales) },
    axes: [
      { ...axis, label: props.xLabel, labelFont: axis.font, labelSize: 22 },
      { ...axis, size: 56, scale: props.series[0]?.scale ?? 'y' },
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
      setCursor: [({ cursor: { idx } }) => props.onPoint?.(idx ?? null)],
    },
  };
}
