/** @file A chart as SVG, from the series and ranges of the one that is shown. */

import { escaped } from '../page/files.ts';
import { brief, tickLabels } from './numbers.ts';

/** What is drawn; colours are resolved, ranges those of the chart that is shown. */
export interface ChartDrawing {
  readonly label: string;
  readonly x: ArrayLike<number>;
  readonly xLabel: string;
  readonly series: readonly {
    readonly label: string;
    readonly colour: string;
    readonly dash: readonly number[];
    readonly values: ArrayLike<number>;
  }[];
  readonly xRange: readonly [number, number];
  readonly yRange: readonly [number, number];
  /** Whether the scale upwards is logarithmic; what is not above 0 is then left out. */
  readonly log: boolean;
  readonly colours: { readonly text: string; readonly line: string; readonly ground: string };
}

/** Width, the height of the plot, and that of a line of text. */
const [width, plot, line] = [720, 236, 18];

/** The document. The names of the series stand above the plot, one a line. */
export function chartSvg(drawing: ChartDrawing): string {
  const { label, x, xLabel, series, xRange, colours } = drawing;
  const top = 16 + line * series.length;
  const box = { left: 64, right: width - 16, top, bottom: top + plot };
  const height = box.bottom + 44;
  const across = scale(xRange, [box.left, box.right]);
  const { up, labels } = upwards(drawing, [box.bottom, box.top]);
  const parts = [
    ...labels.map(([tick, words]) => {
      const y = up(tick).toFixed(1);
      return (
        `<line x1="${box.left}" x2="${box.right}" y1="${y}" y2="${y}" stroke="${colours.line}"/>` +
        text(box.left - 8, up(tick) + 4, 'end', words)
      );
    }),
    ...labelled(xRange).map(([tick, words]) =>
      text(across(tick), box.bottom + 18, 'middle', words),
    ),
    text((box.left + box.right) / 2, height - 8, 'middle', xLabel),
    ...series.map(
      ({ values, ...look }) =>
        `<path d="${pathOf(x, values, across, up)}" fill="none"${pen(look)}/>`,
    ),
    ...series.map(({ label: name, ...look }, i) => {
      const y = 12 + line * i;
      return (
        `<line x1="${box.left}" x2="${box.left + 36}" y1="${y}" y2="${y}"${pen(look)}/>` +
        text(box.left + 44, y + 4, 'start', name)
      );
    }),
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="${colours.text}">` +
    `<title>${escaped(label)}</title><rect width="100%" height="100%" fill="${colours.ground}"/>${parts.join('')}</svg>`
  );
}

/** How a series is drawn. */
function pen({ colour, dash }: Pick<ChartDrawing['series'][number], 'colour' | 'dash'>): string {
  const dashes = dash.length > 0 ? ` stroke-dasharray="${dash.join(' ')}"` : '';
  return ` stroke="${colour}" stroke-width="2"${dashes}`;
}

/** The place of a value, which is not finite where there is none, and the ticks with their labels. */
function upwards(
  { yRange, log }: ChartDrawing,
  places: readonly [number, number],
): { readonly up: (y: number) => number; readonly labels: readonly [number, string][] } {
  if (!log) return { up: scale(yRange, places), labels: labelled(yRange) };
  // The range of a chart without a value above 0 is not one of a logarithm.
  const [from, to] = yRange[0] > 0 ? yRange : [1, 10];
  const place = scale([Math.log10(from), Math.log10(to)], places);
  const found = powers(from, to);
  const labels =
    found.length > 1
      ? found.map((tick): [number, string] => [tick, brief(tick, 1)])
      : labelled([from, to]);
  return { up: (y) => (y > 0 ? place(Math.log10(y)) : Number.NaN), labels };
}

/** Powers of ten in a range, six at most. */
function powers(from: number, to: number): number[] {
  const least = Math.ceil(Math.log10(from) - 1e-9);
  const count = Math.floor(Math.log10(to) + 1e-9) - least + 1;
  const every = Math.max(1, Math.ceil(count / 6));
  return Array.from({ length: Math.ceil(count / every) }, (_, i) => 10 ** (least + i * every));
}

const text = (x: number, y: number, anchor: string, words: string) =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escaped(words)}</text>`;

const scale =
  ([from, to]: readonly [number, number], [start, end]: readonly [number, number]) =>
  (value: number) =>
    start + ((value - from) / (to - from || 1)) * (end - start);

/** The ticks of a range with their labels. */
function labelled(range: readonly [number, number]): [number, string][] {
  const found = ticks(range);
  const labels = tickLabels(found);
  return found.map((tick, i) => [tick, labels[i]]);
}

/** Round numbers in a range, about five, at distances of 1, 2 or 5 times a power of 10. */
export function ticks([from, to]: readonly [number, number]): number[] {
  const rough = (to - from) / 5;
  if (!(rough > 0)) return [from];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const found: number[] = [];
  for (let i = Math.ceil(from / step); i * step <= to + step * 1e-9; i++)
    found.push(Number((i * step).toPrecision(12)));
  return found;
}

/** A line through the points; one without a place breaks it. */
function pathOf(
  x: ArrayLike<number>,
  values: ArrayLike<number>,
  across: (x: number) => number,
  up: (y: number) => number,
): string {
  let data = '';
  let drawing = false;
  for (let i = 0; i < values.length; i++) {
    const y = up(values[i]);
    if (Number.isFinite(y)) {
      data += `${drawing ? 'L' : 'M'}${across(x[i]).toFixed(1)} ${y.toFixed(1)}`;
    }
    drawing = Number.isFinite(y);
  }
  return data;
}
