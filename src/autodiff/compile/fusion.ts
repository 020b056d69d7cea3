/** @file Decides which values are stored and which are substituted into the kernel that reads them. */

import type { Operation, Reads } from '../tape/primitive.ts';
import type { Graph, GraphNode } from './graph.ts';

/** WebGPU promises 8 storage buffers to a kernel: one is written, these are read. */
export const maxReads = 7;

/** A kernel fused beyond this many operations compiles slowly and gains nothing more. */
const maxOperations = 48;

/** Which nodes are stored. */
export interface Fusion {
  /** The nodes that get a kernel and a buffer; all others are substituted into their readers. */
  readonly materialized: ReadonlySet<GraphNode>;
}

/** The kernel that a materialized node is the root of. */
interface Root {
  /** Stored values and plan inputs that it reads. */
  readonly reads: Set<GraphNode>;
  operations: number;
}

/** Where a node's value is wanted: the kernels that read it, how often, and inside of a loop. */
interface Demand {
  readonly roots: Set<Root>;
  many: boolean;
  insideFold: boolean;
}

/**
 * Goes from the outputs back. A view is substituted into all of its readers; arithmetic and sums
 * where one kernel reads each cell once, a sum only outside of other loops.
 */
export function planFusion(graph: Graph): Fusion {
  const materialized = new Set<GraphNode>();
  const demands = new Map<GraphNode, Demand>();
  const outputs = new Set(graph.outputs);
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i];
    const inputs = readInputs(node);
    const demand = demands.get(node);
    if (demand && !outputs.has(node) && fits(node, inputs, demand)) {
      for (const root of demand.roots) join(root, node, inputs);
      passDown(node, inputs, demand, demands);
      continue;
    }
    materialized.add(node);
    const root: Root = { reads: new Set(inputs.map((input) => input.node)), operations: 1 };
    if (familyOf(node) === 'recurrence') root.reads.add(node);
    passDown(node, inputs, { roots: new Set([root]), many: false, insideFold: false }, demands);
  }
  return { materialized };
}

const familyOf = (node: GraphNode) => (node.operation as Operation).family;

interface Input {
  readonly node: GraphNode;
  readonly reads: Reads;
}

/** The inputs that the node's kernel reads; what only its derivative uses is left out. */
const readInputs = ({ inputs, operation }: GraphNode): readonly Input[] =>
  inputs
    .map((node, i): Input => ({ node, reads: operation?.reads?.[i] ?? 'once' }))
    .filter(({ reads }) => reads !== 'never');

function fits(node: GraphNode, inputs: readonly Input[], demand: Demand): boolean {
  const { roots, many, insideFold } = demand;
  const family = familyOf(node);
  // A view of several inputs (a gather, a concatenation) costs a read or a branch each time.
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
  for (const input of inputs) {
    const before = demands.get(input.node);
    const next = before ?? { roots: new Set<Root>(), many: false, insideFold: false };
    for (const root of demand.roots) next.roots.add(root);
    next.many ||= demand.many || input.reads === 'many' || before !== undefined;
    next.insideFold ||= demand.insideFold || inFold;
    demands.set(input.node, next);
  }
}
