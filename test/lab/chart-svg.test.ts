/** @file Charts as files: where each point lies, on the scale that the page shows. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ChartDrawing, chartSvg } from '../../src/lab/pictures/chart-svg.ts';

const drawing = (of: Partial<ChartDrawing>, names: readonly string[] = ['one']): string =>
  chartSvg({
    label: 'A chart',
    x: [0, 1, 2, 3],
    xLabel: 'step',
    xRange: [0, 3],
    yRange: [0, 1],
    log: false,
    colours: { text: '#000', line: '#ccc', ground: '#fff' },
    series: names.map((label) => ({ label, colour: '#00f', dash: [], values: [0, 1, 2, 3] })),
    ...of,
  });

const series = (values: readonly number[]): ChartDrawing['series'] => [
  { label: 'one', colour: '#00f', dash: [], values },
];

/** The heights of the points of a line, which begins anew after a gap, and those of the ticks. */
function heightsIn(svg: string) {
  const [, data] = /<path d="([^"]*)"/.exec(svg) ?? [];
  const points = [...data.matchAll(/([ML])([\d.]+) ([\d.]+)/g)];
  const ticks = [...svg.matchAll(/y1="([\d.]+)"[^>]*\/><text[^>]*text-anchor="end">([^<]*)</g)].map(
    ([, y, words]) => [words, Number(y)] as const,
  );
  return {
    moves: points.map(([, move]) => move).join(''),
    y: points.map(([, , , y]) => Number(y)),
    ticks: new Map(ticks),
  };
}

/** What is written with one digit behind the point. */
const isNear = (y: number, expected: number) =>
  assert.ok(Math.abs(y - expected) <= 0.11, `${y}, not ${expected}`);

test('on a linear scale places are in proportion to values', () => {
  const { y, ticks } = heightsIn(drawing({ series: series([0, 1, 0.5, 0.25]) }));
  const [low, high] = [y[0], y[1]];
  isNear(y[2], low + 0.5 * (high - low));
  isNear(y[3], low + 0.25 * (high - low));
  isNear(ticks.get('0.4') ?? Number.NaN, low + 0.4 * (high - low));
});

test('on a logarithmic scale places are in proportion to exponents, and nothing is at 0 or below', () => {
  const svg = drawing({ log: true, yRange: [1e-4, 1e2], series: series([1e-4, 1e2, 1e-1, 10]) });
  const { y, ticks } = heightsIn(svg);
  const [low, high] = [y[0], y[1]];
  // Six powers of ten from the bottom to the top: these are the third and the fifth.
  isNear(y[2], low + (3 / 6) * (high - low));
  isNear(y[3], low + (5 / 6) * (high - low));
  isNear(ticks.get('1') ?? Number.NaN, low + (4 / 6) * (high - low));
  isNear(ticks.get('0.01') ?? Number.NaN, low + (2 / 6) * (high - low));
  const gaps = heightsIn(
    drawing({ log: true, yRange: [1e-4, 1e2], series: series([1, 0, -1, 1e-4]) }),
  );
  assert.is(gaps.moves, 'MM');
  isNear(gaps.y[1], low);
  const narrow = drawing({ log: true, yRange: [200, 900], series: series([200, 900, 400, 600]) });
  const [from, to, four] = heightsIn(narrow).y;
  const place = Math.log(400 / 200) / Math.log(900 / 200);
  isNear(four, from + place * (to - from));
  isNear(heightsIn(narrow).ticks.get('400') ?? Number.NaN, four);
  const none = drawing({ log: true, yRange: [0, 1], series: series([0, 0, 0, 0]) });
  assert.not.match(none, /NaN|Infinity/);
});

test('each name has a line of its own, with the dashes of its series', () => {
  const names = Array.from({ length: 6 }, (_, i) => `wrong labels below half weight, run ${i}`);
  const all = names.map((label, i) => ({
    label,
    colour: '#00f',
    dash: [8, i + 1],
    values: [0, 1],
  }));
  const svg = drawing({ series: all });
  const rows = [...svg.matchAll(/<text x="[\d.]+" y="([\d.]+)" text-anchor="start">([^<]*)</g)];
  assert.equal(
    rows.map(([, , name]) => name),
    names,
  );
  const heights = rows.map(([, y]) => Number(y));
  // A line of 12 pixels of text is higher than 12 pixels.
  for (let i = 1; i < heights.length; i++) assert.ok(heights[i] - heights[i - 1] >= 15);
  for (const { dash } of all)
    assert.is(svg.split(`stroke-dasharray="${dash.join(' ')}"`).length, 3);
  const top = Math.min(...heightsIn(svg).y);
  assert.ok(top > heights[5] && Number(/height="(\d+)"/.exec(svg)?.[1]) > top + 230);
});

test.run();
