/** @file From a plan to loop nests: kernels joined, flattened, and split where one order serves two badly. */

import { isRecurrent, type Plan } from '../../../compile/plan.ts';
import type { Shape } from '../../../tape/shape.ts';
import { bound } from '../convention.ts';
import { constantOf, fullKey, ofAtom, variableAtom } from './affine.ts';
import { coalesce } from './coalesce.ts';
import { groupKernels, type PlanValues, slotScope } from './groups.ts';
import { type Node, NodeGraph, type ReduceNode, visit } from './node.ts';
import {
  extentsOf,
  fixedCount,
  type LoopNest,
  loadsOf,
  outerReductions,
  ownCell,
  type Store,
  type Tiling,
  tilingOf,
} from './tiling.ts';

/** A nest with all that is decided about it. */
export interface PlannedNest extends LoopNest {
  readonly name: string;
  readonly tiling: Tiling;
  /** A sum taken in parts of this many iterations; undefined if it is taken whole. */
  readonly part?: { readonly length: number; readonly count: number };
  readonly reads: readonly number[];
  /** Loads and arithmetic of all threads, roughly. */
  readonly work: number;
}

/** Nests in order, and how many cells each place after the inputs holds. */
export interface PlannedNests {
  readonly nests: readonly PlannedNest[];
  readonly sizes: readonly number[];
}

const cellsOf = (threads: Shape): number => threads.reduce((size, n) => size * n, 1);

export function planNests(plan: Plan, values: PlanValues): PlannedNests {
  const sizes = plan.kernels.map(({ threads }) => cellsOf(threads));
  const nests: PlannedNest[] = [];
  const groups = groupKernels(plan, values);
  const groupOf = new Map(groups.flatMap((group) => group.map((kernel) => [kernel, group])));
  const wanted = new Set(values.outputs);
  values.reads.forEach((reads, kernel) => {
    for (const place of reads) {
      const producer = place - values.inputs;
      if (producer >= 0 && groupOf.get(producer) !== groupOf.get(kernel)) wanted.add(place);
    }
  });
  for (const group of groups) {
    const name = group.map((kernel) => plan.kernels[kernel].name).join(' | ');
    const { threads } = plan.kernels[group[0]];
    const graph = new NodeGraph();
    const stores = storesOf(plan, values, group, graph, wanted);
    const temporary = () => values.inputs + sizes.push(cellsOf(threads)) - 1;
    const recurrent = isRecurrent(plan.kernels[group[0]]);
    const whole: LoopNest = { threads, stores, recurrent };
    const parts = recurrent ? [whole] : split(flat(whole, graph), graph, temporary);
    for (const nest of parts) nests.push(finish(name, nest, graph));
  }
  return { nests, sizes };
}

/** The values of a group as one graph, in which its kernels read each other's values directly. */
function storesOf(
  plan: Plan,
  values: PlanValues,
  group: readonly number[],
  graph: NodeGraph,
  wanted: ReadonlySet<number>,
): Store[] {
  const computed = new Map<number, Node>();
  return group.flatMap((index) => {
    const kernel = plan.kernels[index];
    const places = values.reads[index];
    const scope = slotScope(kernel, places, index);
    const cell = graph.build(kernel.expression, {
      ...scope,
      load: (slot) => computed.get(places[slot]),
    });
    const node = coalesce(cell, graph);
    const place = values.inputs + index;
    computed.set(place, node);
    if (!wanted.has(place)) return [];
    return [{ place, node }];
  });
}

/** Threads of several axes become one axis where all that is read is the own cell or one cell. */
function flat(nest: LoopNest, graph: NodeGraph): LoopNest {
  if (nest.threads.length === 1) return nest;
  const own = fullKey(ownCell(nest.threads));
  let simple = true;
  const done = new Set<Node>();
  for (const { node } of nest.stores) {
    const see = (seen: Node) => {
      if (seen.kind === 'reduce' || seen.kind === 'within') simple = false;
      if (seen.kind !== 'load') return;
      simple &&= seen.at.terms.length === 0 || fullKey(seen.at) === own;
    };
    visit(node, see, undefined, done);
  }
  if (!simple) return nest;
  const zero = constantOf(0);
  const moves = new Map<Node, Node>();
  const stores = nest.stores.map(({ place, node }) => {
    const moved = graph.rewrite(
      node,
      (name) => (name === 'y' || name === 'z' ? zero : undefined),
      moves,
    );
    return { place, node: moved };
  });
  return { ...nest, threads: [cellsOf(nest.threads)], stores };
}

/** A sum is taken in parts beyond this, so that what a part reads stays in the cache. */
const longestSum = 1024;

/** Bytes between cells of one column, times rows read: what the page table holds at once. */
const pagedBytes = 256 * 1024;

/** The length of the parts that a sum is best taken in, undefined if whole. */
function partLength(reduce: ReduceNode, threads: Shape): number | undefined {
  const { x, y } = extentsOf(threads);
  const count = fixedCount(reduce);
  if (reduce.fn !== 'sum' || count === undefined || y < 16 || count < 128) return undefined;
  if (!reduce.depends.has('y') || !reduce.depends.has('x')) return undefined;
  const strides = loadsOf(reduce.body)
    .filter(({ at }) => at.depends.has('y') && !at.depends.has('x'))
    .map(({ at }) => at.terms.find(({ atom }) => atom.key === reduce.variable)?.by ?? 0);
  const stride = Math.max(1, ...strides) * 4;
  const paged = 2 ** Math.floor(Math.log2(pagedBytes / stride));
  const length = Math.min(512, Math.max(64, paged));
  const worthwhile = stride > 4 ? count > length : count > longestSum;
  return worthwhile && x >= 4 ? length : undefined;
}

/**
 * Takes sums that want an order of loops of their own out of a nest: long ones, and those beside a
 * sparse sum. What is left reads them from a place.
 */
function split(nest: LoopNest, graph: NodeGraph, temporary: () => number): LoopNest[] {
  const reductions = outerReductions(nest.stores.map(({ node }) => node));
  const { x } = extentsOf(nest.threads);
  const sparse = reductions.some(({ from, to }) => from.depends.has('y') || to.depends.has('y'));
  const apart = reductions.filter((reduce) => {
    if (partLength(reduce, nest.threads) !== undefined) return true;
    const wide = x > 32 && (fixedCount(reduce) ?? 0) > 1 && reduce.depends.has('x');
    return sparse && wide && reduce.depends.has('y');
  });
  if (apart.length === 0) return [nest];
  if (nest.stores.length === 1 && apart[0] === nest.stores[0].node) return [nest];
  const own = ownCell(nest.threads);
  const done = new Map<Node, Node>();
  const before = apart.map((node): LoopNest => {
    const place = temporary();
    done.set(node, graph.load(place, own, false));
    return { ...nest, stores: [{ place, node }] };
  });
  const stores = nest.stores.map(({ place, node }) => {
    const rest = graph.rewrite(node, () => undefined, done);
    return { place, node: rest };
  });
  return [...before, flat({ ...nest, stores }, graph)];
}

function finish(name: string, nest: LoopNest, graph: NodeGraph): PlannedNest {
  const [{ node, place }] = nest.stores;
  const whole = nest.recurrent || nest.stores.length > 1 || node.kind !== 'reduce';
  const length = whole ? undefined : partLength(node, nest.threads);
  const tiling = tilingOf(nest, length);
  const common = { ...nest, name, tiling, reads: placesOf(nest), work: workOf(nest) };
  if (length === undefined || node.kind !== 'reduce') return common;
  const count = fixedCount(node) as number;
  const from = ofAtom(variableAtom(bound.partFrom));
  const to = ofAtom(variableAtom(bound.partTo));
  const part = graph.reduce({ ...node, from, to });
  const packs = tiling.packs.map((pack) => ({ ...pack, reduce: part }));
  return {
    ...common,
    stores: [{ place, node: part }],
    tiling: { ...tiling, packs },
    part: { length, count },
  };
}

function placesOf({ stores }: LoopNest): number[] {
  const places = new Set<number>();
  for (const { node } of stores) for (const { place } of loadsOf(node)) places.add(place);
  return [...places];
}

function workOf({ threads, stores }: LoopNest): number {
  const steps = (node: Node, done: Set<Node>): number => {
    if (done.has(node)) return 0;
    done.add(node);
    const inputs = node.inputs.reduce((sum, input) => sum + steps(input, done), 0);
    // How many entries a sparse row has is not known; a few dozen are usual.
    return node.kind === 'reduce'
      ? inputs * (fixedCount(node) ?? Math.min(node.extent, 32))
      : inputs + 1;
  };
  const done = new Set<Node>();
  return cellsOf(threads) * stores.reduce((sum, { node }) => sum + steps(node, done) + 1, 0);
}
