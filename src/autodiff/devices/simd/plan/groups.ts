/** @file Joins kernels over the same threads into one loop nest where that saves passes over memory. */

import { isRecurrent, type Kernel, type Plan } from '../../../compile/plan.ts';
import { sameShape } from '../../../tape/shape.ts';
import { type Affine, fullKey } from './affine.ts';
import { coalesce } from './coalesce.ts';
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
    // A recurrent kernel reads its own value, and no other kernel what it writes over.
    written.set(kernel.output, inputs + i);
    return kernel.arguments.map(({ place }) => placeOf(place));
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
  const root = coalesce(graph.build(kernel.expression, slotScope(kernel, places, 0)), graph);
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
  return new Grouping(plan, values).groups();
}

class Grouping {
  private readonly all: Group[] = [];
  private readonly groupOf: Group[] = [];

  constructor(
    private readonly plan: Plan,
    private readonly values: PlanValues,
  ) {}

  groups(): number[][] {
    this.plan.kernels.forEach((kernel, i) => {
      const reads = kernelReads(kernel, this.values.reads[i]);
      const group = this.bestFor(i, reads) ?? this.newGroup();
      this.groupOf[i] = group;
      group.kernels.push(i);
      group.reduces ||= reads.reduces;
      group.size += reads.size;
      for (const place of reads.ownCell.keys()) group.places.add(place);
      group.places.add(i + this.values.inputs);
    });
    return this.inOrder().map(({ kernels }) => kernels);
  }

  private newGroup(): Group {
    const group = { kernels: [], places: new Set<number>(), reduces: false, size: 0 };
    this.all.push(group);
    return group;
  }

  /** The group that a kernel shares most own cells with, the latest of those. */
  private bestFor(kernel: number, reads: KernelReads): Group | undefined {
    let best: Group | undefined;
    let most = 0;
    for (const group of this.all) {
      const saved = [...reads.ownCell].filter(([place, own]) => own && group.places.has(place));
      if (saved.length === 0 || saved.length < most || !this.fits(group, kernel, reads)) continue;
      best = group;
      most = saved.length;
    }
    return best;
  }

  private fits(group: Group, kernel: number, { ownCell: reads, reduces, size }: KernelReads) {
    const { kernels } = this.plan;
    if ([kernel, group.kernels[0]].some((i) => isRecurrent(kernels[i]))) return false;
    if (!sameShape(kernels[group.kernels[0]].threads, kernels[kernel].threads)) return false;
    if (group.reduces && reduces) return false;
    if (group.size + size > maxNodes || group.places.size + reads.size > maxPlaces) return false;
    return this.producers(kernel).every((producer) => {
      const from = this.groupOf[producer];
      if (from === group) return reads.get(producer + this.values.inputs) === true;
      return !this.dependsOn(from, group);
    });
  }

  private producers(kernel: number): number[] {
    const { reads, inputs } = this.values;
    const producers = reads[kernel].map((place) => place - inputs);
    return producers.filter((producer) => producer >= 0 && producer !== kernel);
  }

  private dependsOn(group: Group, target: Group, seen = new Set<Group>()): boolean {
    if (group === target) return true;
    if (seen.has(group)) return false;
    seen.add(group);
    return group.kernels.some((kernel) =>
      this.producers(kernel).some(
        (p) => this.groupOf[p] !== group && this.dependsOn(this.groupOf[p], target, seen),
      ),
    );
  }

  private inOrder(): Group[] {
    const ordered: Group[] = [];
    const done = new Set<Group>();
    const place = (group: Group): void => {
      if (done.has(group)) return;
      done.add(group);
      for (const kernel of group.kernels) {
        for (const producer of this.producers(kernel)) place(this.groupOf[producer]);
      }
      ordered.push(group);
    };
    // By their last kernels: else what a late kernel of an early group reads would be computed early
    // and held until then.
    const last = ({ kernels }: Group): number => kernels[kernels.length - 1];
    for (const group of [...this.all].sort((a, b) => last(a) - last(b))) place(group);
    return ordered;
  }
}
