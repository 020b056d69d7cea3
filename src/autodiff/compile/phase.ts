/** @file Which pass an operation belongs to. */

import type { GraphNode } from './graph.ts';

/** The name of a reverse sweep: 1 is that of a gradient, 2 that of a gradient of a gradient. */
export function phaseName(order: number): string {
  if (order === 0) return 'forward';
  return ['backward', ...new Array<string>(order - 1).fill('backward')].join(' of ');
}

/** `forward`, `backward`, `backward of backward` and so on; `given` for an input. */
export const phaseOf = ({ operation, origin }: GraphNode): string =>
  operation ? phaseName(origin?.order ?? 0) : 'given';
