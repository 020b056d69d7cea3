/** @file Pictures of detection: latent space, popularity of clicks, ROC curves, histograms. */

import type { LatentPlane } from '../detection/latent-plane.ts';
import type { DensityPoint } from '../detection/popularity-density.ts';
import { draw } from './plot.ts';

const genuineColor = '#8fa8e0';
const fakeColor = '#d0342c';
const palette = ['#4269d0', '#ff725c', '#3ca951', '#efb118', '#a463f2', '#9c6b4e', '#6cc5b0'];

/** Genuine users beyond so many are thinned out: each point is an element of the picture. */
const mostPoints = 3000;

/** The users in latent space as an SVG, the fake ones on top (as figure 5b of the paper). */
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

/** Densities of the popularity of clicked items as an SVG (as figure 5c of the paper). */
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
      plot.lineY(points, { x: 'popularity', y: 'density', stroke: 'group', strokeWidth: 2 }),
      plot.text(legend, {
        x: () => right,
        y: 'density',
        text: 'group',
        fill: 'group',
        dx: 8,
        textAnchor: 'start',
      }),
    ],
  }));
}
