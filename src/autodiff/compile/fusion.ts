/** @file Decides which values are stored, and which are substituted into their readers. */

import type { Operation, Reads } from '../tape/primitive.ts';
import { type Shape, sameShape } from '../tape/shape.ts';
import type { Graph, GraphNode } from './graph.ts';

/** Buffers that a kernel may read: WebGPU guarantees 8, and one is written. */
const maxReads = 7;

/** Operations of a kernel: one with more compiles slowly and runs no faster. */
const maxOperations = 48;

/** Reshapes on the way of a read: each may repeat the index before it for every axis. */
const maxReshapes = 4;

/** The decision. */
export interface Fusion {
  /**
   * The nodes that get a kernel and a buffer. All others are substituted into their readers, or
   * have no cells, or are read by nodes alone that have none.
   */
  readonly materialized: ReadonlySet<GraphNode>;
}

/** The kernel that a materialized node is the root of. */
interface Root {
  /** The stored values and inputs of the plan that it reads. */
  readonly reads: Set<GraphNode>;
  operations: number;
}

/** Which kernels read a node, whether they read a cell of it often, and whether within a loop. */
interface Demand {
  readonly roots: Set<Root>;
  many: boolean;
  insideFold: boolean;
  /** Reshapes on the way to it, the most of all ways. */
  reshapes: number;
}

/**
 * Plans the fusion of a graph, from its outputs back. A view is substituted into all of its readers.
 * Arithmetic and sums are substituted where a single kernel reads each cell once, and a sum only
 * outside of other loops. A value without cells has no kernel, and none reads it.
 */
export function planFusion(graph: Graph): Fusion {
  const materialized = new Set<GraphNode>();
  const demands = new Map<GraphNode, Demand>();
  const outputs = new Set(graph.outputs);
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i];
    const inputs = readInputs(node);
    const demand = demands.get(node);
    if (node.size === 0 || (!demand && !outputs.has(node))) continue;
    if (demand && !outputs.has(node) && fits(node, inputs, demand)) {
      for (const root of demand.roots) join(root, node, inputs);
      passDown(node, inputs, demand, demands);
      continue;
    }
    materialized.add(node);
    const root: Root = { reads: new Set(inputs.map((input) => input.node)), operations: 1 };
    if (familyOf(node) === 'recurrence') root.reads.add(node);
    passDown(node, inputs, demandOf(root), demands);
  }
  return { materialized };
}

const demandOf = (...roots: Root[]): Demand => ({
  roots: new Set(roots),
  many: false,
  insideFold: false,
  reshapes: 0,
});

const familyOf = (node: GraphNode) => (node.operation as Operation).family;

interface Input {
  readonly node: GraphNode;
  readonly reads: Reads;
}

/** The inputs that the node's kernel reads; those without cells or for the derivative are not. */
export const readInputs = ({ inputs, operation }: GraphNode): readonly Input[] =>
  inputs
    .map((node, i): Input => ({ node, reads: operation?.reads?.[i] ?? 'once' }))
    .filter(({ node, reads }) => reads !== 'never' && node.size > 0);

function fits(node: GraphNode, inputs: readonly Input[], demand: Demand): boolean {
  const { roots, many, insideFold, reshapes } = demand;
  const family = familyOf(node);
  if (reshapes >= maxReshapes && splitsAxes(node)) return false;
  // A view of several inputs (a gather, a concatenation) costs a read or a branch at each use.
  const free = family === 'view' && (inputs.length < 2 || !many);
  if (!free && (many || roots.size > 1)) return false;
  if (family === 'recurrence' || (family === 'fold' && insideFold)) return false;
  for (const root of roots) {
    const reads = new Set(root.reads);
    for (const input of inputs) reads.add(input.node);
    reads.delete(node);
    if (reads.size > maxReads || root.operations >= maxOperations) return false;
  }
  return true;
}

/**
 * Whether a reshape writes out indices: it does more than add axes of size 1 or leave them out, and is
 * not of a reshape, with which it becomes one.
 */
function splitsAxes({ operation, shape, inputs: [x] }: GraphNode): boolean {
  if (operation?.name !== 'reshape' || x.operation?.name === 'reshape') return false;
  const kept = (axes: Shape) => axes.filter((n) => n !== 1);
  return !sameShape(kept(shape), kept(x.shape));
}

function join(root: Root, node: GraphNode, inputs: readonly Input[]): void {
  root.reads.delete(node);
  for (const input of inputs) root.reads.add(input.node);
  root.operations++;
}

function passDown(
  node: GraphNode,
  inputs: readonly Input[],
  demand: Demand,
  demands: Map<GraphNode, Demand>,
): void {
  const inFold = familyOf(node) === 'fold' || familyOf(node) === 'recurrence';
  const reshapes = demand.reshapes + Number(splitsAxes(node));
  for (const input of inputs) {
    const before = demands.get(input.node);
    const next = before ?? demandOf();
    for (const root of demand.roots) next.roots.add(root);
    next.many ||= demand.many || input.reads === 'many' || before !== undefined;
    next.insideFold ||= demand.insideFold || inFold;
    next.reshapes = Math.max(next.reshapes, reshapes);
    demands.set(input.node, next);
  }
}
