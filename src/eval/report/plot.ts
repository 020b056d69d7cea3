/** @file Plots as SVG text, drawn outside of a browser. */

import type { ChannelValue, Markish, PlotOptions } from '@observablehq/plot';

const loadPlot = () => import('@observablehq/plot');

/** The module that makes marks. */
export type Plot = Awaited<ReturnType<typeof loadPlot>>;

/**
 * Draws a plot as an SVG element. The libraries are loaded with the first plot, so that commands
 * without a report do not wait for them.
 */
export async function draw(options: (plot: Plot) => PlotOptions): Promise<string> {
  const plot = await loadPlot();
  const { parseHTML } = await import('linkedom');
  // Plot draws into a document, and only browsers have one of their own.
  const { document } = parseHTML('<html><body></body></html>');
  const figure = plot.plot({
    width: 640,
    height: 300,
    marginLeft: 60,
    marginBottom: 45,
    grid: true,
    style: { fontSize: '13px' },
    ...options(plot),
    document,
  } as PlotOptions);
  figure.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return figure.outerHTML;
}

/**
 * Names of series right of their places, in the colour of text behind a square of their own: light
 * colours of series cannot be read on white.
 */
export function namesAt<T>(
  plot: Plot,
  places: readonly T[],
  { x, y, name }: Record<'x' | 'y' | 'name', ChannelValue>,
): Markish[] {
  return [
    plot.dot(places as T[], { x, y, fill: name, symbol: 'square', r: 4, dx: 12 }),
    plot.text(places as T[], { x, y, text: name, dx: 20, textAnchor: 'start' }),
  ];
}
