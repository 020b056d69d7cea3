/** @file Pictures of detection: latent space, popularity of clicks, ROC curves, histograms. */

import type { LatentPlane } from '../detection/latent-plane.ts';
import type { DensityPoint } from '../detection/popularity-density.ts';
import type { RocPoint } from '../detection/roc.ts';
import { fakeColor, genuineColor, palette } from './palette.ts';
import { draw, namesAt } from './plot.ts';

/** Genuine users beyond so many are thinned out: each point is an element of the picture. */
const mostPoints = 3000;

/** The users in latent space as an SVG, the fake ones on top (as figure 5c of the paper). */
export function latentChart({ points, explained }: LatentPlane): Promise<string> {
  const genuine = points.filter(({ fake }) => !fake);
  const every = Math.ceil(genuine.length / mostPoints);
  const shown = [
    ...genuine.filter((_, i) => i % every === 0),
    ...points.filter(({ fake }) => fake),
  ];
  const axis = (i: number) => `component ${i + 1} (${(100 * explained[i]).toFixed(0)} %)`;
  return draw((plot) => ({
    width: 460,
    height: 380,
    x: { label: axis(0) },
    y: { label: axis(1) },
    color: {
      domain: ['genuine', 'fake'],
      range: [genuineColor, fakeColor],
      legend: false,
    },
    marks: [
      plot.dot(shown, {
        x: 'x',
        y: 'y',
        r: ({ fake }: { fake: boolean }) => (fake ? 2.5 : 1.5),
        fill: ({ fake }: { fake: boolean }) => (fake ? 'fake' : 'genuine'),
        fillOpacity: 0.7,
      }),
    ],
  }));
}

/** Densities of the popularity of clicked items as an SVG (as figure 5b of the paper). */
export function popularityChart(points: readonly DensityPoint[]): Promise<string> {
  const groups = [...new Set(points.map(({ group }) => group))];
  const most = points.reduce((max, { density }) => Math.max(max, density), 0);
  const legend = groups.map((group, i) => ({ group, density: most * (1 - 0.08 * i) }));
  const right = points.reduce((max, { popularity }) => Math.max(max, popularity), 0);
  return draw((plot) => ({
    width: 520,
    height: 320,
    marginRight: 130,
    x: {
      type: 'symlog',
      constant: 1,
      label: 'clicks of real users on the item clicked',
      ticks: [0, 1, 10, 100, 1000, 10_000].filter((tick) => tick <= right),
    },
    y: { label: 'density of log10(1 + clicks)' },
    color: { domain: groups, range: palette },
    marks: [
      plot.lineY(points, {
        x: 'popularity',
        y: 'density',
        z: 'group',
        stroke: 'group',
        strokeWidth: 2,
      }),
      namesAt(plot, legend, { x: () => right, y: 'density', name: 'group' }),
    ],
  }));
}

/** A ROC curve by name. */
export interface NamedCurve {
  readonly name: string;
  readonly points: readonly RocPoint[];
}

/** Curves are drawn through so many points. */
const curvePoints = 200;

/** ROC curves as an SVG; a legend names them in their order. */
export function rocChart(named: readonly NamedCurve[]): Promise<string> {
  const points = named.flatMap(({ name, points: all }) => {
    const every = Math.max(1, Math.floor(all.length / curvePoints));
    return all
      .filter((_, i) => i % every === 0 || i === all.length - 1)
      .map((point) => ({ name, ...point }));
  });
  const names = named.map(({ name }) => name);
  const legend = names.map((name, i) => ({ name, y: 1 - 0.07 * i }));
  return draw((plot) => ({
    width: 560,
    height: 400,
    marginRight: 172,
    x: { label: 'share of genuine users flagged', domain: [0, 1] },
    y: { label: 'share of fake users found', domain: [0, 1] },
    // A name has the same colour in every chart of the same names.
    color: { domain: [...names].sort(), range: [...palette, '#97bbf5', '#9498a0', '#ff8ab7'] },
    marks: [
      plot.line(
        [
          [0, 0],
          [1, 1],
        ],
        { stroke: '#999', strokeDasharray: '4 4' },
      ),
      plot.line(points, { x: 'falseAlarms', y: 'detected', stroke: 'name', strokeWidth: 1.8 }),
      namesAt(plot, legend, { x: () => 1, y: 'y', name: 'name' }),
    ],
  }));
}

/** Bins of a histogram. */
const bins = 24;

/**
 * Histograms of a feature as an SVG: the shares of genuine users, above them those of fake ones.
 * The outermost hundredths of all users lie in the outermost bins.
 */
export function featureChart(name: string, values: Float64Array, genuine: number): Promise<string> {
  const sorted = values.slice().sort();
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  const fakes = values.subarray(genuine).slice().sort();
  // A small share of all users, the fakes must not be cut off.
  const low = Math.min(at(0.01), fakes[0]);
  const high = Math.max(at(0.99), fakes[fakes.length - 1]);
  const width = high > low ? (high - low) / bins : 1;
  const counted = (group: string, part: Float64Array) => {
    const counts = new Float64Array(bins);
    for (const x of part) counts[Math.min(bins - 1, Math.max(0, Math.floor((x - low) / width)))]++;
    return Array.from(counts, (count, i) => ({
      group,
      x1: low + i * width,
      x2: low + (i + 1) * width,
      share: count / part.length,
    }));
  };
  const bars = [
    ...counted('genuine', values.subarray(0, genuine)),
    ...counted('fake', values.subarray(genuine)),
  ];
  return draw((plot) => ({
    width: 320,
    height: 200,
    x: { label: name, ticks: 5 },
    y: { label: 'share of users', ticks: 4 },
    color: { domain: ['genuine', 'fake'], range: [genuineColor, fakeColor] },
    marks: [
      plot.rectY(bars, {
        x1: 'x1',
        x2: 'x2',
        y1: () => 0,
        y2: 'share',
        fill: 'group',
        fillOpacity: 0.5,
      }),
    ],
  }));
}

/** The area under the ROC curve of a detector on an attack. */
export interface AreaCell {
  readonly detector: string;
  readonly attack: string;
  readonly area: number;
}

/** Areas under ROC curves as an SVG: detectors by attacks, white at 1/2, the area of chance. */
export function areaChart(cells: readonly AreaCell[]): Promise<string> {
  const attacks = [...new Set(cells.map(({ attack }) => attack))];
  const detectors = [...new Set(cells.map(({ detector }) => detector))];
  return draw((plot) => ({
    width: 260 + 84 * attacks.length,
    height: 115 + 30 * detectors.length,
    marginLeft: 150,
    marginTop: 105,
    marginRight: 90,
    marginBottom: 10,
    grid: false,
    x: { axis: 'top', label: null, domain: attacks, tickRotate: -30 },
    y: { label: null, domain: detectors },
    color: { type: 'diverging', scheme: 'RdBu', domain: [0, 1], pivot: 0.5 },
    marks: [
      plot.cell(cells, { x: 'attack', y: 'detector', fill: 'area', inset: 0.5 }),
      plot.text(cells, {
        x: 'attack',
        y: 'detector',
        text: ({ area }: AreaCell) => area.toFixed(2),
        fill: ({ area }: AreaCell) => (Math.abs(area - 0.5) > 0.35 ? 'white' : 'black'),
      }),
    ],
  }));
}
