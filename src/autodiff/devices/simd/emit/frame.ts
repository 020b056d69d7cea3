/** @file The vectors of a tile: what their lanes hold, and what those written together share. */

import type { Affine, Offsets } from '../plan/affine.ts';
import type { LaneAxis } from '../plan/lane-analysis.ts';
import type { Node } from '../plan/node.ts';

/** The vectors that are written together. */
export interface Tile {
  /** Variables that differ between the vectors. */
  readonly varying: ReadonlySet<string>;
  /** Loads that read a packed panel instead. */
  readonly packed: ReadonlyMap<Node, Packed>;
}

/** Where a packed load finds its vectors in the scratch memory: at an offset of x. */
export type Packed = (x: number) => Affine;

/** One vector: four values along the variable `lane`, or the same value four times. */
export interface Frame extends LaneAxis {
  /** Lanes that hold cells; the others hold anything. */
  readonly count: number;
  /** Added to the variables, which hold the values of the first vector of the tile. */
  readonly offsets: Offsets;
  readonly tile: Tile;
}

/** The frame as far as it matters to a node. */
export function frameFor(node: Node, frame: Frame): Frame {
  return frame.lane === null || node.depends.has(frame.lane) ? frame : { ...frame, ...oneValue };
}

/** A vector of one value. */
export const oneValue = { lane: null, count: 1, aligned: false } as const;

/** Names the value of a node in a frame: equal keys have equal values. */
export function keyIn(node: Node, frame: Frame): string {
  let key = `${node.id}`;
  for (const [name, offset] of frame.offsets) {
    if (offset !== 0 && node.depends.has(name)) key += `,${name}${offset}`;
  }
  if (frame.lane !== null && node.depends.has(frame.lane)) key += `~${frame.lane}${frame.count}`;
  return key;
}

/** The offsets with `by` added to that of one variable. */
export function withOffset(offsets: Offsets, name: string, by: number): Offsets {
  return by === 0 ? offsets : new Map(offsets).set(name, (offsets.get(name) ?? 0) + by);
}

/** The tile of vectors that differ in one more variable. */
export const withVarying = (tile: Tile, name: string): Tile => ({
  ...tile,
  varying: new Set([...tile.varying, name]),
});
