/** @file Lowers a graph to a plan: one expression a kernel, then buffers reused by liveness. */

import { type Expression, folder, number } from '../kernel/expression.ts';
import { flatten, type Index, int, unflatten, variable } from '../kernel/index-expression.ts';
import { threadAxes } from '../kernel/print.ts';
import { InternalError } from '../tape/internal-error.ts';
import type { Cell } from '../tape/primitive.ts';
import { type Shape, ShapeError } from '../tape/shape.ts';
import type { Fusion } from './fusion.ts';
import type { Graph, GraphNode } from './graph.ts';
import type { Argument, Kernel, Place, Plan, StoredPlace } from './plan.ts';

/** The plan of a graph whose fusion is decided. */
export function lower(graph: Graph, fusion: Fusion): Plan {
  const kept = graph.nodes.filter((node) => fusion.materialized.has(node));
  const values = new Map<GraphNode, number>(kept.map((node, i) => [node, i]));
  const drafts = kept.map((node) => draftKernel(node, fusion));
  const places = assignBuffers(kept, drafts, graph, values);
  const place = (node: GraphNode): StoredPlace => {
    const value = values.get(node);
    return value === undefined
      ? { kind: 'input', index: graph.inputs.indexOf(node) }
      : { kind: 'buffer', index: places.buffer[value] };
  };
  const kernels = drafts.map(({ name, threads, expression, reads }, i): Kernel => {
    const args = reads.map((node): Argument => {
      const kind = kept[i].kind === 'index' ? 'real' : node.kind;
      return { place: place(node), kind, size: node.size };
    });
    return { name, threads, expression, arguments: args, output: places.buffer[i] };
  });
  return {
    inputs: graph.inputs.map((node) => ({
      shape: node.shape,
      kind: node.kind,
      extent: Math.min(...drafts.map(({ extents }) => extents.get(node) ?? Infinity)),
    })),
    kernels,
    buffers: places.sizes,
    outputs: graph.outputs.map((node) => {
      const stored: Place = node.size === 0 ? { kind: 'empty' } : place(node);
      return { place: stored, shape: node.shape, kind: node.kind };
    }),
  };
}

/** A kernel before its buffers are known. */
export interface Draft {
  readonly name: string;
  readonly threads: Shape;
  readonly expression: Expression;
  readonly reads: readonly GraphNode[];
  /** What the addresses must be below that the kernel reads at. */
  readonly extents: ReadonlyMap<GraphNode, number>;
}

/** Builds the expression of a stored node: the nodes fused into it are substituted. */
export function draftKernel(root: GraphNode, fusion: Fusion): Draft {
  const draft = draftOver(threadShape(root.shape), root, fusion);
  // A recurrence of one row reads no row before it, and is a kernel like any other.
  return draft.reads.includes(root) ? draftOver(recurrentThreads(root.shape), root, fusion) : draft;
}

/** A cell of a value that has none is only read to be left out, as by a loop without turns. */
function draftOver(threads: Shape, root: GraphNode, { materialized }: Fusion): Draft {
  const reads: GraphNode[] = [];
  const extents = new Map<GraphNode, number>();
  const names: string[] = [];
  const fold = folder();
  const slotOf = (node: GraphNode): number => {
    const slot = reads.indexOf(node);
    return slot >= 0 ? slot : reads.push(node) - 1;
  };
  const cellOf = (node: GraphNode): Cell => ({
    shape: node.shape,
    read: (position) => {
      if (node.size === 0) return number(0);
      if (node.operation && !materialized.has(node)) return substitute(node, position);
      return { kind: 'load', slot: slotOf(node), at: flatten(position, node.shape) };
    },
    entry: (position, extent) => {
      if (node.size === 0) return int(0);
      if (node.kind !== 'index') {
        throw new ShapeError(
          `${names.join('+')}: expected an index tensor where addresses are read`,
        );
      }
      // Of a value without cells none is read.
      if (extent > 0) extents.set(node, Math.min(extent, extents.get(node) ?? extent));
      return { kind: 'entry', slot: slotOf(node), at: flatten(position, node.shape), extent };
    },
  });
  const substitute = (node: GraphNode, position: readonly Index[]): Expression => {
    const { operation, attributes, inputs } = node;
    if (!operation) throw new InternalError('an input of the plan is fused');
    if (!names.includes(operation.name)) names.push(operation.name);
    return operation.cell(position, inputs.map(cellOf), attributes, fold, cellOf(node));
  };
  const axes = threadAxes(threads.length);
  const flat = flatten(
    threads.map((extent, i) => variable(axes[i], extent)),
    threads,
  );
  const expression = substitute(root, unflatten(flat, root.shape));
  return { name: names.join('+'), threads, expression, reads, extents };
}

/** Thread axes of an output: without axes of size 1, and the leading ones joined beyond three. */
function threadShape(shape: Shape): Shape {
  const axes = shape.filter((n) => n !== 1);
  if (axes.length === 0) return [1];
  if (axes.length <= 3) return axes;
  const joined = axes.slice(0, -2).reduce((product, n) => product * n, 1);
  return [joined, ...axes.slice(-2)];
}

/** Thread axes of a kernel that reads its own rows: always three, with its rows as the axis y. */
function recurrentThreads(shape: Shape): Shape {
  const batch = shape.slice(0, -2).reduce((product, n) => product * n, 1);
  return [batch, ...shape.slice(-2)];
}

/** Gives each value a buffer: one of the same size whose value is read no more, or a new one. */
function assignBuffers(
  kept: readonly GraphNode[],
  drafts: readonly Draft[],
  graph: Graph,
  values: ReadonlyMap<GraphNode, number>,
) {
  const lastRead = kept.map((_, i) => i);
  drafts.forEach(({ reads }, i) => {
    for (const node of reads) {
      const value = values.get(node);
      if (value !== undefined) lastRead[value] = i;
    }
  });
  for (const node of graph.outputs) {
    const value = values.get(node);
    if (value !== undefined) lastRead[value] = drafts.length;
  }
  const sizes: number[] = [];
  const freeFrom: number[] = [];
  const buffer = kept.map((node, i) => {
    const reusable = sizes.findIndex((size, b) => size === node.size && freeFrom[b] < i);
    const chosen = reusable >= 0 ? reusable : sizes.push(node.size) - 1;
    freeFrom[chosen] = lastRead[i];
    return chosen;
  });
  return { buffer, sizes };
}
