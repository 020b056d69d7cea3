/** @file A loop nest: the values that are computed and stored for each of its threads. */

import type { Shape } from '../../../tape/shape.ts';
import { type Affine, combine, variable } from './affine.ts';
import { type LoadNode, type Node, type ReduceNode, visit } from './node.ts';

/** A value to compute for every thread, and the slot that it is stored in. */
export interface Store {
  readonly slot: number;
  readonly node: Node;
}

/** Loops over the threads, with what they store. */
export interface LoopNest {
  readonly threads: Shape;
  readonly stores: readonly Store[];
  /** Rows read those before them, so they run one after the other. */
  readonly recurrent: boolean;
}

/** Sizes of the axes of the threads, 1 for axes that they lack. */
export const extentsOf = (threads: Shape) => {
  const [x, y = 1, z = 1] = [...threads].reverse();
  return { x, y, z };
};

/** The address that a thread stores its cell at: `16 * y + x` for threads `[100, 16]`. */
export function cellOf(threads: Shape): Affine {
  const { x, y } = extentsOf(threads);
  const strides = { x: 1, y: x, z: x * y };
  const names = (['z', 'y', 'x'] as const).slice(3 - threads.length);
  const used = names.filter((_, axis) => threads[axis] !== 1);
  return combine(used.map((name) => ({ x: variable(name), by: strides[name] })));
}

/** The reductions that are not inside of others. */
export function outerReductions(nodes: readonly Node[]): ReduceNode[] {
  const reductions: ReduceNode[] = [];
  const done = new Set<Node>();
  for (const node of nodes) {
    const see = (seen: Node) => seen.kind === 'reduce' && reductions.push(seen);
    visit(node, see, (seen) => seen.kind !== 'reduce', done);
  }
  return reductions;
}

/** The loads that a node is computed from. */
export function loadsOf(node: Node): LoadNode[] {
  const loads: LoadNode[] = [];
  visit(node, (seen) => seen.kind === 'load' && loads.push(seen));
  return loads;
}

/** Iterations of a loop with constant bounds, else undefined. */
export const fixedCount = ({ from, to }: ReduceNode): number | undefined =>
  from.terms.length === 0 && to.terms.length === 0 ? to.constant - from.constant : undefined;

/** Whether the bounds of a loop differ by row, as those of a sparse row do. */
export const isSparse = ({ from, to }: ReduceNode): boolean =>
  from.depends.has('y') || to.depends.has('y');

/**
 * The select that a nest's only value is, if its condition is a mask and its sums are all on the
 * side that the mask takes: a tile that takes no cell of that side needs no sums.
 */
export function maskedSums({ stores }: LoopNest): (Node & { kind: 'select' }) | undefined {
  const [{ node }] = stores;
  if (stores.length > 1 || node.kind !== 'select') return undefined;
  const [test, yes, no] = node.inputs;
  const masked = test.kind === 'within' && outerReductions([yes]).length > 0;
  return masked && outerReductions([no]).length === 0 ? node : undefined;
}
