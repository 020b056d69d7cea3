/** @file A chart as SVG, from the series and ranges of the one that is shown. */

import { escaped } from '../page/files.ts';
import { tickLabels } from './numbers.ts';

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
    readonly range: readonly [number, number];
  }[];
  readonly xRange: readonly [number, number];
  readonly colours: { readonly text: string; readonly line: string; readonly ground: string };
}

const [width, height] = [720, 320];
const box = { left: 64, right: width - 16, top: 40, bottom: height - 44 };

/** The document. The scale at the left is that of the first series. */
export function chartSvg({ label, x, xLabel, series, xRange, colours }: ChartDrawing): string {
  const across = scale(xRange, [box.left, box.right]);
  const upwards = (range: readonly [number, number]) => scale(range, [box.bottom, box.top]);
  const range = series[0]?.range ?? [0, 1];
  const up = upwards(range);
  const parts = [
    ...labelled(range).map(([tick, words]) => {
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
    ...series.map(({ colour, dash, values, range: own }) => {
      const data = pathOf(x, values, across, upwards(own));
      const dashes = dash.length > 0 ? ` stroke-dasharray="${dash.join(' ')}"` : '';
      return `<path d="${data}" fill="none" stroke="${colour}" stroke-width="2"${dashes}/>`;
    }),
    ...series.map(({ label: name, colour }, i) => {
      const left = box.left + (i * (box.right - box.left)) / series.length;
      return `<rect x="${left}" y="14" width="12" height="12" fill="${colour}"/>${text(left + 18, 24, 'start', name)}`;
    }),
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="${colours.text}">` +
    `<title>${escaped(label)}</title><rect width="100%" height="100%" fill="${colours.ground}"/>${parts.join('')}</svg>`
  );
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

/** A line through the points; a number that is none breaks it. */
function pathOf(
  x: ArrayLike<number>,
  values: ArrayLike<number>,
  across: (x: number) => number,
  up: (y: number) => number,
): string {
  let data = '';
  let drawing = false;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) {
      data += `${drawing ? 'L' : 'M'}${across(x[i]).toFixed(1)} ${up(values[i]).toFixed(1)}`;
    }
    drawing = Number.isFinite(values[i]);
  }
  return data;
}
