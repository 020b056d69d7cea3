/** @file Decides along which variable the lanes of a reduction count. */

import { scatteredCost } from '../tuning.ts';
import { type LaneAxis, lanesOf } from './lane-analysis.ts';
import type { Node, ReduceNode } from './node.ts';

/**
 * `tile`: as the values around the loop, each step of it for four cells; `loop`: four steps at a
 * time, cell by cell; `cell`: one step of one cell at a time.
 */
export type LaneChoice = 'tile' | 'loop' | 'cell';

/** Loads that find their cells side by side, as these were copied to a panel. */
export type PackedLoads = { has(node: Node): boolean };
const none: PackedLoads = new Set<Node>();

/** The way that takes the fewest loads. */
export function laneChoice(
  node: ReduceNode,
  { lane, aligned }: LaneAxis,
  packed: PackedLoads = none,
): LaneChoice {
  const alongLoop = loadsAlong(node.body, loopAxis(node), none);
  const cellwise = lane === null || node.from.depends.has(lane) || node.to.depends.has(lane);
  if (cellwise) return alongLoop < scatteredCost * countLoads(node.body) ? 'loop' : 'cell';
  return alongLoop < loadsAlong(node.body, { lane, aligned }, packed) ? 'loop' : 'tile';
}

type LoopAxis = LaneAxis & { readonly lane: string };

/** Lanes that count on the variable of a loop, four steps at a time. */
export const loopAxis = ({ variable, from }: ReduceNode): LoopAxis => ({
  lane: variable,
  aligned: from.terms.length === 0 && from.constant % 4 === 0,
});

/** Loads that four values of a body take, if inner loops take the cheaper way. */
function loadsAlong(body: Node, axis: LoopAxis, packed: PackedLoads): number {
  const { lane } = axis;
  if (!body.depends.has(lane)) return scatteredCost * countLoads(body);
  const along = (node: Node): number => {
    // An operand that is the same for all lanes is loaded once for them.
    if (!node.depends.has(lane)) return countLoads(node);
    if (node.kind === 'load') {
      const direct = packed.has(node) || lanesOf(node.address, axis) === 'contiguous';
      return direct ? 1 : scatteredCost;
    }
    const stay = node.inputs.reduce((sum, input) => sum + along(input), 0);
    if (node.kind !== 'reduce') return stay;
    return Math.min(stay, loadsAlong(node.body, loopAxis(node), none));
  };
  return along(body);
}

function countLoads(node: Node): number {
  return node.kind === 'load' ? 1 : node.inputs.reduce((sum, input) => sum + countLoads(input), 0);
}
