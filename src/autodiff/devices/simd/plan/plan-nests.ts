/** @file From a plan to loop nests: kernels and axes joined, sums that want a nest split off. */

import { isRecurrent, type Plan } from '../../../compile/plan.ts';
import { type Shape, sizeOf } from '../../../tape/shape.ts';
import { bound, bytesPerCell } from '../convention.ts';
import {
  leastInParts,
  longestSum,
  pagedBytes,
  partLengths,
  usualRowEntries,
  wideBesideSparse,
} from '../tuning.ts';
import { constant, fullKey, variable } from './affine.ts';
import { groupKernels } from './groups.ts';
import {
  cellOf,
  extentsOf,
  fixedCount,
  isSparse,
  type LoopNest,
  loadsOf,
  outerReductions,
  type Store,
} from './nest.ts';
import { type Node, NodeGraph, type ReduceNode, visit } from './node.ts';
import { type Tiling, tilingOf } from './tiling.ts';
import { kernelNodes, type PlanValues, planValues } from './values.ts';

/** A nest with all that is decided about it. */
export interface PlannedNest extends LoopNest {
  /** The kernels of the plan that are joined in it, and their names for people. */
  readonly kernels: readonly number[];
  readonly name: string;
  readonly tiling: Tiling;
  /** How its only value, a sum, is taken in parts; undefined if it is taken whole. */
  readonly parts?: Parts;
  /** The slots that it loads from. */
  readonly reads: readonly number[];
  /** Loads and arithmetic of all threads, roughly. */
  readonly work: number;
}

/** How a sum of `count` iterations is taken: in parts of `length`. */
export interface Parts {
  readonly count: number;
  readonly length: number;
}

/** All nests of a plan, and its slots: inputs, values of kernels, sums that were split off. */
export interface PlannedNests {
  /** In the order in which they run. */
  readonly nests: readonly PlannedNest[];
  /** How many slots are inputs. */
  readonly inputs: number;
  /** Cells of each slot after the inputs. */
  readonly sizes: readonly number[];
  /** The slots of the outputs of the plan. */
  readonly outputs: readonly number[];
}

/** Plans the loop nests of a plan. */
export function planNests(plan: Plan): PlannedNests {
  const values = planValues(plan);
  const { inputs, outputs } = values;
  const graph = new NodeGraph();
  const nodes = kernelNodes(plan, values, graph);
  const groups = groupKernels(plan, values, nodes);
  const stored = storedSlots(values, groups);
  const sizes = plan.kernels.map(({ threads }) => sizeOf(threads));
  for (const { place } of plan.outputs) if (place.kind === 'empty') sizes.push(0);
  const nests = groups.flatMap((group) => {
    const name = group.map((kernel) => plan.kernels[kernel].name).join(' | ');
    const first = plan.kernels[group[0]];
    const { threads } = first;
    const stores = storesOf(group, nodes, inputs, graph).filter(({ slot }) => stored.has(slot));
    // What is read by sums of nothing alone, such as those of an empty pattern, is not computed.
    if (stores.length === 0) return [];
    const whole = { threads, stores, recurrent: isRecurrent(first) };
    const temporary = () => inputs + sizes.push(sizeOf(threads)) - 1;
    const parts = whole.recurrent ? [whole] : split(flat(whole, graph), graph, temporary);
    return parts.map((nest) => finish({ name, kernels: group }, nest, graph));
  });
  return { nests, inputs, sizes, outputs };
}

/** The slots that the plan returns or another group reads; values of all others are not stored. */
function storedSlots({ reads, inputs, outputs }: PlanValues, groups: readonly number[][]) {
  const groupOf = new Map(groups.flatMap((group) => group.map((kernel) => [kernel, group])));
  const stored = new Set(outputs);
  reads.forEach((slots, kernel) => {
    for (const slot of slots) {
      const producer = slot - inputs;
      if (producer >= 0 && groupOf.get(producer) !== groupOf.get(kernel)) stored.add(slot);
    }
  });
  return stored;
}

/** The values of a group, in which its kernels use each other's values instead of loading them. */
function storesOf(
  group: readonly number[],
  nodes: readonly Node[],
  inputs: number,
  graph: NodeGraph,
): Store[] {
  const computed = new Map<number, Node>();
  return group.map((kernel) => {
    const replaced = loadsOf(nodes[kernel]).filter(({ slot }) => computed.has(slot));
    const done = new Map(replaced.map((load) => [load as Node, computed.get(load.slot) as Node]));
    const node = done.size > 0 ? graph.rewrite(nodes[kernel], done) : nodes[kernel];
    const slot = inputs + kernel;
    computed.set(slot, node);
    return { slot, node };
  });
}

/** Joins all axes into one if each load reads the stored cell, or one cell for all. */
function flat(nest: LoopNest, graph: NodeGraph): LoopNest {
  if (nest.threads.length === 1) return nest;
  const cell = fullKey(cellOf(nest.threads));
  let simple = true;
  const seen = new Set<Node>();
  for (const { node } of nest.stores) {
    const see = (each: Node) => {
      if (each.kind === 'reduce' || each.kind === 'within') simple = false;
      if (each.kind !== 'load') return;
      simple &&= each.address.terms.length === 0 || fullKey(each.address) === cell;
    };
    visit(node, see, undefined, seen);
  }
  if (!simple) return nest;
  const zero = constant(0);
  const replace = (name: string) => (name === 'y' || name === 'z' ? zero : undefined);
  const done = new Map<Node, Node>();
  const stores = nest.stores.map(({ slot, node }) => {
    return { slot, node: graph.rewrite(node, done, replace) };
  });
  return { ...nest, threads: [sizeOf(nest.threads)], stores };
}

/** The length of the parts that a sum is best taken in, undefined if whole. */
function partLength(reduce: ReduceNode, threads: Shape): number | undefined {
  const { x, y } = extentsOf(threads);
  const count = fixedCount(reduce);
  if (reduce.fn !== 'sum' || count === undefined) return undefined;
  if (y < leastInParts.rows || count < leastInParts.iterations) return undefined;
  if (!reduce.depends.has('y') || !reduce.depends.has('x')) return undefined;
  const strides = loadsOf(reduce.body)
    .filter(({ address: { depends } }) => depends.has('y') && !depends.has('x'))
    .map(({ address }) => address.terms.find(({ atom }) => atom.key === reduce.variable)?.by ?? 0);
  const stride = Math.max(1, ...strides);
  const paged = 2 ** Math.floor(Math.log2(pagedBytes / (stride * bytesPerCell)));
  const length = Math.min(partLengths.most, Math.max(partLengths.least, paged));
  const worthwhile = count > (stride > 1 ? length : longestSum);
  return worthwhile && x >= 4 ? length : undefined;
}

/**
 * Takes sums that want an order of loops of their own out of a nest: long ones, and dense ones
 * beside a sparse one. What is left loads them.
 */
function split(nest: LoopNest, graph: NodeGraph, temporary: () => number): LoopNest[] {
  const reductions = outerReductions(nest.stores.map(({ node }) => node));
  const { x } = extentsOf(nest.threads);
  const sparse = reductions.some(isSparse);
  const apart = reductions.filter((reduce) => {
    if (partLength(reduce, nest.threads) !== undefined) return true;
    const wide = x > wideBesideSparse && (fixedCount(reduce) ?? 0) > 1 && reduce.depends.has('x');
    return sparse && wide && reduce.depends.has('y');
  });
  if (apart.length === 0) return [nest];
  if (nest.stores.length === 1 && apart[0] === nest.stores[0].node) return [nest];
  const cell = cellOf(nest.threads);
  const done = new Map<Node, Node>();
  const before = apart.map((node): LoopNest => {
    const slot = temporary();
    done.set(node, graph.load(slot, cell, false));
    return { ...nest, stores: [{ slot, node }] };
  });
  const stores = nest.stores.map(({ slot, node }) => ({ slot, node: graph.rewrite(node, done) }));
  return [...before, flat({ ...nest, stores }, graph)];
}

/** Decides the rest: parts and tiling. */
function finish(
  of: Pick<PlannedNest, 'name' | 'kernels'>,
  nest: LoopNest,
  graph: NodeGraph,
): PlannedNest {
  const [{ node, slot }] = nest.stores;
  const alone = nest.stores.length === 1 && !nest.recurrent;
  const length = alone && node.kind === 'reduce' ? partLength(node, nest.threads) : undefined;
  const tiling = tilingOf(nest, length);
  const planned = { ...nest, ...of, tiling, reads: slotsOf(nest), work: workOf(nest) };
  if (length === undefined || node.kind !== 'reduce') return planned;
  const [from, to] = [variable(bound.partFrom), variable(bound.partTo)];
  const part = graph.reduce({ ...node, from, to });
  const packs = tiling.packs.map((pack) => ({ ...pack, reduce: part }));
  return {
    ...planned,
    stores: [{ slot, node: part }],
    tiling: { ...tiling, packs },
    parts: { length, count: fixedCount(node) as number },
  };
}

const slotsOf = ({ stores }: LoopNest): number[] => [
  ...new Set(stores.flatMap(({ node }) => loadsOf(node).map(({ slot }) => slot))),
];

function workOf({ threads, stores }: LoopNest): number {
  const done = new Set<Node>();
  const steps = (node: Node): number => {
    if (done.has(node)) return 0;
    done.add(node);
    const inputs = node.inputs.reduce((sum, input) => sum + steps(input), 0);
    // How many entries a sparse row has is not known.
    return node.kind === 'reduce'
      ? inputs * (fixedCount(node) ?? Math.min(node.extent, usualRowEntries))
      : inputs + 1;
  };
  return sizeOf(threads) * stores.reduce((sum, { node }) => sum + steps(node) + 1, 0);
}
