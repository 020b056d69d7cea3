/** @file Draws random graphs by number. */

import fc from 'fast-check';
import { type Graph, graphs } from '../../autodiff/devices/graphs.ts';

/** Graph `index` of a seed. Every second one leans to small numbers and short lists. */
export function graphOf(index: number, seed: number): Graph {
  const drawn = (Math.imul(seed, 7919) + index) & 0x7fffffff;
  const from = index % 2 === 0 ? fc.noBias(graphs) : graphs;
  return fc.sample(from, { seed: drawn, numRuns: 1 })[0];
}

/** How a device agrees, in words for the page. */
export const agreement =
  'every cell of the values, of their derivative and of its derivative lies within the error ' +
  'bound that is propagated for it from the float64 of `reference`; NaN and infinities are the same';
