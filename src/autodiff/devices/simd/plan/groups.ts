/** @file Joins kernels over the same cells into one nest where that saves passes over memory. */

import { isRecurrent, type Plan } from '../../../compile/plan.ts';
import { sameShape } from '../../../tape/shape.ts';
import { maxNodes, maxSlots } from '../tuning.ts';
import { fullKey } from './affine.ts';
import { cellOf, outerReductions } from './nest.ts';
import { type Node, visit } from './node.ts';
import type { PlanValues } from './values.ts';

/** Kernels that are computed together, by their numbers. */
interface Group {
  readonly kernels: number[];
  readonly slots: Set<number>;
  reduces: boolean;
  size: number;
}

/** What a kernel reads, and how. */
interface KernelReads {
  /** Whether each slot is read at the cell that the thread stores, and nowhere else. */
  readonly atCell: ReadonlyMap<number, boolean>;
  readonly reduces: boolean;
  readonly size: number;
}

/**
 * Groups of kernels in an order in which they can run. Kernels of a group have the same threads
 * and read each other's values at the cell that they store alone.
 */
export function groupKernels(plan: Plan, values: PlanValues, nodes: readonly Node[]): number[][] {
  return new Grouping(plan, values, nodes).groups();
}

class Grouping {
  private readonly all: Group[] = [];
  private readonly groupOf: Group[] = [];

  constructor(
    private readonly plan: Plan,
    private readonly values: PlanValues,
    private readonly nodes: readonly Node[],
  ) {}

  groups(): number[][] {
    this.plan.kernels.forEach((_, i) => {
      const reads = this.readsOf(i);
      const group = this.bestFor(i, reads) ?? this.newGroup();
      this.groupOf[i] = group;
      group.kernels.push(i);
      group.reduces ||= reads.reduces;
      group.size += reads.size;
      for (const slot of reads.atCell.keys()) group.slots.add(slot);
      group.slots.add(i + this.values.inputs);
    });
    return this.inOrder().map(({ kernels }) => kernels);
  }

  private readsOf(kernel: number): KernelReads {
    const root = this.nodes[kernel];
    const cell = fullKey(cellOf(this.plan.kernels[kernel].threads));
    const atCell = new Map<number, boolean>();
    let size = 0;
    visit(root, (node) => {
      size++;
      if (node.kind !== 'load') return;
      const { slot, address } = node;
      atCell.set(slot, (atCell.get(slot) ?? true) && fullKey(address) === cell);
    });
    // Index buffers are inputs of the plan, so it does not matter where they are read.
    for (const slot of this.values.reads[kernel]) if (!atCell.has(slot)) atCell.set(slot, false);
    return { atCell, reduces: outerReductions([root]).length > 0, size };
  }

  private newGroup(): Group {
    const group = { kernels: [], slots: new Set<number>(), reduces: false, size: 0 };
    this.all.push(group);
    return group;
  }

  /** The group that spares the kernel the most loads, the latest of those. */
  private bestFor(kernel: number, reads: KernelReads): Group | undefined {
    let best: Group | undefined;
    let most = 0;
    for (const group of this.all) {
      const spared = [...reads.atCell].filter(([slot, same]) => same && group.slots.has(slot));
      if (spared.length === 0 || spared.length < most || !this.fits(group, kernel, reads)) continue;
      best = group;
      most = spared.length;
    }
    return best;
  }

  private fits(group: Group, kernel: number, { atCell, reduces, size }: KernelReads): boolean {
    const { kernels } = this.plan;
    if ([kernel, group.kernels[0]].some((i) => isRecurrent(kernels[i]))) return false;
    if (!sameShape(kernels[group.kernels[0]].threads, kernels[kernel].threads)) return false;
    if (group.reduces && reduces) return false;
    if (group.size + size > maxNodes || group.slots.size + atCell.size > maxSlots) return false;
    return this.producers(kernel).every((producer) => {
      const from = this.groupOf[producer];
      if (from === group) return atCell.get(producer + this.values.inputs) === true;
      return !this.dependsOn(from, group);
    });
  }

  /** The kernels whose values a kernel reads. */
  private producers(kernel: number): number[] {
    const { reads, inputs } = this.values;
    const producers = reads[kernel].map((slot) => slot - inputs);
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
    const add = (group: Group): void => {
      if (done.has(group)) return;
      done.add(group);
      for (const kernel of group.kernels) {
        for (const producer of this.producers(kernel)) add(this.groupOf[producer]);
      }
      ordered.push(group);
    };
    // Sorted by their last kernels, so that what a late kernel of an early group reads is computed
    // late too and holds its memory for a shorter time.
    const last = ({ kernels }: Group): number => kernels[kernels.length - 1];
    for (const group of [...this.all].sort((a, b) => last(a) - last(b))) add(group);
    return ordered;
  }
}
