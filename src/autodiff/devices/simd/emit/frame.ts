/** @file Which of a tile's values is meant: the offsets of its variables, and along which its lanes lie. */

import type { Offsets } from '../plan/affine.ts';
import type { LaneAxis } from '../plan/lanes.ts';
import type { Node } from '../plan/node.ts';

/** One vector: four values along the variable `lane`, or the same value four times. */
export interface Frame extends LaneAxis {
  /** Lanes that stand for cells; the others hold anything. */
  readonly count: number;
  /** Added to the variables, which hold the values of the first vector of the tile. */
  readonly offsets: Offsets;
}

/** The frame as far as it matters to a node. */
export function frameFor(node: Node, frame: Frame): Frame {
  return frame.lane === null || node.depends.has(frame.lane)
    ? frame
    : { ...frame, lane: null, count: 1, aligned: false };
}

/** Names the value of a node in a frame: equal keys have equal values. */
export function keyIn(node: Node, frame: Frame): string {
  let key = `${node.id}`;
  for (const [name, offset] of frame.offsets) {
    if (offset !== 0 && node.depends.has(name)) key += `,${name}${offset}`;
  }
  if (frame.lane !== null && node.depends.has(frame.lane)) key += `~${frame.lane}${frame.count}`;
  return key;
}

export function withOffset(offsets: Offsets, name: string, by: number): Offsets {
  return by === 0 ? offsets : new Map(offsets).set(name, (offsets.get(name) ?? 0) + by);
}
