/** @file Joins kernels over the same threads into one loop nest where that saves passes over memory. */

import type { Kernel, Plan } from '../../plan.ts';
import { sameShape } from '../../shape.ts';
import { type Affine, fullKey } from './affine.ts';
import { NodeGraph, type NodeScope, visit } from './node.ts';
import { outerReductions, ownCell } from './tiling.ts';

/** A plan's values: its inputs, then what each kernel computes, each written once. */
export interface PlanValues {
  readonly inputs: number;
  /** The place of each argument of each kernel. */
  readonly reads: readonly (readonly number[])[];
  /** The places of the plan's outputs. */
  readonly outputs: readonly number[];
}

/** The plan's buffers are used again and again; here every value has a place of its own. */
export function planValues(plan: Plan): PlanValues {
  const inputs = plan.inputs.length;
  const written = new Map<number, number>();
  const placeOf = (place: Kernel['arguments'][number]['place']): number =>
    place.kind === 'input' ? place.index : (written.get(place.index) as number);
  const reads = plan.kernels.map((kernel, i) => {
    const places = kernel.arguments.map(({ place }) => placeOf(place));
    written.set(kernel.output, inputs + i);
    return places;
  });
  return { inputs, reads, outputs: plan.outputs.map(({ place }) => placeOf(place)) };
}

/** What a kernel reads, and how. */
export interface KernelReads {
  /** Whether each place is only ever read at the thread's own cell. */
  readonly ownCell: ReadonlyMap<number, boolean>;
  readonly reduces: boolean;
  readonly size: number;
}

export function kernelReads(kernel: Kernel, places: readonly number[]): KernelReads {
  const graph = new NodeGraph();
  const root = graph.build(kernel.expression, slotScope(kernel, places, 0));
  const own = fullKey(ownCell(kernel.threads));
  const reads = new Map<number, boolean>();
  const see = (place: number, at: Affine) =>
    reads.set(place, (reads.get(place) ?? true) && fullKey(at) === own);
  let size = 0;
  visit(root, (node) => {
    size++;
    if (node.kind === 'load') see(node.place, node.at);
  });
  // Index buffers are inputs of the plan, so it does not matter where they are read.
  for (const place of places) if (!reads.has(place)) reads.set(place, false);
  return { ownCell: reads, reduces: outerReductions([root]).length > 0, size };
}

/** Reads a kernel's slots as places; loop variables get names of their own. */
export function slotScope(kernel: Kernel, places: readonly number[], index: number): NodeScope {
  const axes = ['x', 'y', 'z'];
  return {
    place: (slot) => ({ place: places[slot], real: kernel.arguments[slot].kind === 'real' }),
    integer: (slot) => kernel.arguments[slot].kind === 'index',
    variable: (name) => (axes.includes(name) ? name : `${name}.${index}`),
    load: () => undefined,
  };
}

/** Beyond these a nest runs out of registers and compiles slowly. */
const maxNodes = 160;
const maxPlaces = 24;

interface Group {
  readonly kernels: number[];
  readonly places: Set<number>;
  reduces: boolean;
  size: number;
}

/**
 * Groups of kernels in an order in which they can run: kernels of a group share their threads and
 * read each other's values at the own cell alone.
 */
export function groupKernels(plan: Plan, values: PlanValues): number[][] {
  const details = plan.kernels.map((kernel, i) => kernelReads(kernel, values.reads[i]));
  const groups: Group[] = [];
  const groupOf: Group[] = [];
  const producers = (kernel: number) =>
    values.reads[kernel].filter((place) => place >= values.inputs).map((p) => p - values.inputs);
  const dependsOn = (from: Group, target: Group, seen = new Set<Group>()): boolean => {
    if (from === target) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return from.kernels.some((kernel) =>
      producers(kernel).some((p) => groupOf[p] !== from && dependsOn(groupOf[p], target, seen)),
    );
  };
  plan.kernels.forEach((kernel, i) => {
    const { ownCell: reads, reduces, size } = details[i];
    const fits = (group: Group): boolean => {
      const first = plan.kernels[group.kernels[0]];
      if (!sameShape(first.threads, kernel.threads) || (group.reduces && reduces)) return false;
      if (group.size + size > maxNodes || group.places.size + reads.size > maxPlaces) return false;
      const others = producers(i).filter((p) => groupOf[p] !== group);
      const inside = producers(i).filter((p) => groupOf[p] === group);
      return (
        inside.every((p) => reads.get(p + values.inputs)) &&
        !others.some((p) => dependsOn(groupOf[p], group))
      );
    };
    const saved = (group: Group): number =>
      [...reads].filter(([place, own]) => own && group.places.has(place)).length;
    let best: Group | undefined;
    for (const group of groups) {
      if (saved(group) > 0 && (!best || saved(group) >= saved(best)) && fits(group)) best = group;
    }
    const group = best ?? { kernels: [], places: new Set(), reduces: false, size: 0 };
    if (!best) groups.push(group);
    group.kernels.push(i);
    group.reduces ||= reduces;
    group.size += size;
    for (const place of [...reads.keys(), i + values.inputs]) group.places.add(place);
    groupOf[i] = group;
  });
  return inOrder(groups, groupOf, producers).map(({ kernels }) => kernels);
}

function inOrder(
  groups: readonly Group[],
  groupOf: readonly Group[],
  producers: (kernel: number) => number[],
): Group[] {
  const ordered: Group[] = [];
  const done = new Set<Group>();
  const place = (group: Group): void => {
    if (done.has(group)) return;
    done.add(group);
    for (const kernel of group.kernels) for (const p of producers(kernel)) place(groupOf[p]);
    ordered.push(group);
  };
  for (const group of groups) place(group);
  return ordered;
}
