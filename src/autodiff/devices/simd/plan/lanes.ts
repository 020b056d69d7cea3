/** @file Decides along which variable the lanes of a reduction lie. */

import { lanesOf } from './affine.ts';
import type { Node, ReduceNode } from './node.ts';

/** A load of four lanes one by one, in loads of a vector. */
const scatteredCost = 4;

/**
 * `tile`: as the values around the loop, each step of it for four cells; `loop`: four steps at a
 * time, cell by cell; `cell`: one step of one cell at a time.
 */
export type LaneChoice = 'tile' | 'loop' | 'cell';

/** The variable that the four lanes of a vector lie along, null if all hold one value. */
export interface LaneAxis {
  readonly lane: string | null;
  /** The variable is a multiple of four at lane 0, offsets aside. */
  readonly aligned: boolean;
}

export function laneChoice(
  node: ReduceNode,
  { lane, aligned }: LaneAxis,
  packed: Packs = nothing,
): LaneChoice {
  const own = costAlong(node.body, node.variable, ownAligned(node));
  const cellwise = lane === null || node.from.depends.has(lane) || node.to.depends.has(lane);
  if (cellwise) return own < scatteredCost * countLoads(node.body) ? 'loop' : 'cell';
  return own < costAlong(node.body, lane, aligned, packed) ? 'loop' : 'tile';
}

/** Loads whose cells a loop finds side by side because they were copied so. */
export type Packs = { has(node: Node): boolean };
const nothing: Packs = new Set<Node>();

const ownAligned = ({ from }: ReduceNode) => from.terms.length === 0 && from.constant % 4 === 0;

/** Loads of a body for four values along a variable, the cheaper way for each loop inside. */
export function costAlong(
  body: Node,
  lane: string,
  aligned: boolean,
  packed: Packs = nothing,
): number {
  if (!body.depends.has(lane)) return scatteredCost * countLoads(body);
  const along = (node: Node): number => {
    // An operand that is the same for all lanes is loaded once for them.
    if (!node.depends.has(lane)) return countLoads(node);
    if (node.kind === 'load') {
      const direct = packed.has(node) || lanesOf(node.at, lane, aligned) === 'contiguous';
      return direct ? 1 : scatteredCost;
    }
    const stay = node.inputs.reduce((sum, input) => sum + along(input), 0);
    if (node.kind !== 'reduce') return stay;
    return Math.min(stay, costAlong(node.body, node.variable, ownAligned(node)));
  };
  return along(body);
}

function countLoads(node: Node): number {
  return node.kind === 'load' ? 1 : node.inputs.reduce((sum, input) => sum + countLoads(input), 0);
}
