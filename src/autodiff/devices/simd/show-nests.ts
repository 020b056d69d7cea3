/** @file Shows what a plan is compiled to: loop nests, their tiles, strips and memory. */

import type { Plan } from '../../compile/plan.ts';
import { threadAxes } from '../../kernel/print.ts';
import { showShape } from '../../tape/shape.ts';
import { bytesPerCell, functionName } from './convention.ts';
import { panelBytes } from './emit/panels.ts';
import type { LaneAxis } from './plan/lane-analysis.ts';
import { laneChoice, loopAxis } from './plan/lane-choice.ts';
import { placeTemporaries } from './plan/liveness.ts';
import { cellOf, maskedSums } from './plan/nest.ts';
import type { Node, ReduceNode } from './plan/node.ts';
import { type PlannedNest, type PlannedNests, planNests } from './plan/plan-nests.ts';
import { NodePrinter, type SlotName, showAddress } from './plan/show-nodes.ts';
import { callsOf } from './plan/strips.ts';
import { tileAxis } from './plan/tiling.ts';
import { leastSharedWork } from './tuning.ts';

/**
 * The loop nests that `simd` compiles a plan to, as text: for each nest the kernels joined in it,
 * its tiles and strips, its sums with how their lanes count, and what it stores; then the memory
 * of the values between nests. No device is opened.
 */
export function showNests(plan: Plan): string {
  const planned = planNests(plan);
  const nameOf = slotNames(planned);
  return [
    ...plan.inputs.map(({ kind, shape }, i) => `${nameOf(i)}: ${kind} ${showShape(shape)}`),
    ...planned.nests.flatMap((nest, i) => showNest(nest, functionName(i), nameOf)),
    ...showMemory(planned, nameOf),
  ].join('\n');
}

/** The loop nests of `showNests` that compute one kernel of a plan, by its place there. */
export function showNestsOf(plan: Plan, kernel: number): string {
  const planned = planNests(plan);
  const nameOf = slotNames(planned);
  return planned.nests
    .flatMap((nest, i) =>
      nest.kernels.includes(kernel) ? showNest(nest, functionName(i), nameOf).slice(1) : [],
    )
    .join('\n');
}

/** Inputs are `in0`, outputs `out0`, values between nests `v0`. */
function slotNames({ inputs, outputs }: PlannedNests): SlotName {
  return (slot) => {
    const output = outputs.indexOf(slot);
    if (output >= 0) return `out${output}`;
    return slot < inputs ? `in${slot}` : `v${slot - inputs}`;
  };
}

function showNest(nest: PlannedNest, name: string, nameOf: SlotName): string[] {
  const { threads, stores } = nest;
  const axes = threadAxes(threads.length).map((axis, i) => `${axis} < ${threads[i]}`);
  const printer = new NodePrinter(
    stores.map(({ node }) => node),
    nameOf,
  );
  const choices = laneChoices(nest);
  const values = printer.lines.map((line) => {
    const choice = choices.get(line.node);
    return `  ${line.name} = ${line.text}${choice ? `; ${choice}` : ''}`;
  });
  const cell = showAddress(cellOf(threads), nameOf);
  const stored = stores.map(
    ({ slot, node }) => `  ${nameOf(slot)}[${cell}] = ${printer.show(node)}`,
  );
  return [
    '',
    `${name}: ${nest.name}, for ${axes.join(', ')}`,
    ...showTiles(nest, nameOf),
    ...values,
    ...stored,
  ];
}

/** Tiles, packed panels, parts of a sum, strips. */
function showTiles(nest: PlannedNest, nameOf: SlotName): string[] {
  const { tiling, parts, recurrent } = nest;
  const { rows, vectors, outer, packs, panel } = tiling;
  const { cut, least, strip, extents, work } = callsOf(nest);
  const shared = work >= leastSharedWork;
  const lines = [
    `tile: ${rows} x ${4 * vectors} cells, ${recurrent ? 'row after row' : `outer loop over ${outer}`}`,
    ...packs.map(
      ({ load }) =>
        `pack: ${nameOf(load.slot)} in panels of ${panel.length} x ${panel.width} cells`,
    ),
    ...(parts ? [`parts: ${parts.length} of ${parts.count} iterations at a time`] : []),
    ...(maskedSums(nest) ? ['sums: left out in tiles that the mask leaves out'] : []),
    `strips: ${cut} by ${Math.min(strip, extents[cut])} on one thread, ` +
      (shared ? `by multiples of ${least} on more` : 'too small for more'),
  ];
  return lines.map((line) => `  ${line}`);
}

const choiceText = {
  tile: 'lanes on the tile',
  loop: 'lanes on the loop',
  cell: 'one number at a time',
};

/** How the lanes of each reduction count, as `reductions.ts` chooses it. */
function laneChoices({ stores, tiling }: PlannedNest): Map<Node, string> {
  const packed = new Set<Node>(tiling.packs.map(({ load }) => load));
  const choices = new Map<Node, string>();
  const see = (node: Node, axis: LaneAxis): void => {
    const inner = node.kind === 'reduce' ? bodyAxis(node, axis) : axis;
    for (const input of node.inputs) see(input, inner);
  };
  const bodyAxis = (node: ReduceNode, { lane, aligned }: LaneAxis): LaneAxis => {
    const axis = lane !== null && node.depends.has(lane) ? { lane, aligned } : noLanes;
    const choice = laneChoice(node, axis, packed);
    choices.set(node, choiceText[choice]);
    return { tile: axis, loop: loopAxis(node), cell: noLanes }[choice];
  };
  for (const { node } of stores) see(node, tileAxis);
  return choices;
}

const noLanes: LaneAxis = { lane: null, aligned: false };

function showMemory(planned: PlannedNests, nameOf: SlotName): string[] {
  const { temporaries, bytes } = placeTemporaries(planned);
  const scratch = Math.max(0, ...planned.nests.map(({ tiling }) => panelBytes(tiling)));
  const { sizes, inputs, outputs } = planned;
  const bytesOf = (slot: number) => sizes[slot - inputs] * bytesPerCell;
  return [
    '',
    ...outputs.map((slot) => `${nameOf(slot)}: ${bytesOf(slot)} bytes, new in each run`),
    ...temporaries.map(
      ({ slot, offset }) => `${nameOf(slot)}: ${bytesOf(slot)} bytes at ${offset} of the workspace`,
    ),
    `workspace: ${bytes} bytes, and ${scratch} a thread for panels`,
  ];
}
