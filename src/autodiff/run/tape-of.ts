/** @file `tapeOf`: what a function records, as plain data: operations, phases, kernels. */

import { planFusion, readInputs } from '../compile/fusion.ts';
import { canonicalize, type Graph, type GraphNode } from '../compile/graph.ts';
import { phaseName } from '../compile/phase.ts';
import { expectFunction } from '../tape/options.ts';
import { reachable } from '../tape/reachable.ts';
import type { Shape } from '../tape/shape.ts';
import type { Tensor } from '../tape/tensor.ts';
import { leafPaths, leaves, type Tree } from '../tape/tree.ts';
import { prepare } from './computation.ts';
import { type Trace, trace } from './trace.ts';

/** What is given, or the result of an operation. */
export interface TapeNode {
  /** Its place in `nodes`; an operation comes after its inputs. */
  readonly id: number;
  /** The operation, or what the input is called. */
  readonly name: string;
  readonly family: 'input' | 'view' | 'map' | 'fold' | 'recurrence';
  readonly shape: Shape;
  /** Its attributes in words, such as `transposeA` or `axes [0]`; empty where there are none. */
  readonly detail: string;
  /**
   * `given`, `forward`, `backward`, `backward of backward` and so on; `update` is what no
   * derivative rule recorded and no gradient needs, as the arithmetic of an optimiser.
   */
  readonly phase: string;
  /** The order of the reverse sweep that recorded it; 0 if none did. */
  readonly order: number;
  /** The operation whose derivative rule it belongs to, and its node where the tape has it. */
  readonly rule?: { readonly name: string; readonly node?: number };
  /** The nodes that it is computed from. */
  readonly inputs: readonly number[];
}

/** A kernel: operations that are computed together, one expression a cell of the last one. */
export interface TapeKernel {
  readonly id: number;
  /** Its operations in order, the stored one last. Views are computed in each kernel that reads them. */
  readonly nodes: readonly number[];
  /** The inputs and stored nodes that it reads. */
  readonly reads: readonly number[];
  /** The phase of the stored node. */
  readonly phase: string;
}

/** A result, by its path; empty for a function of one result. */
export interface TapeOutput {
  readonly name: string;
  readonly node: number;
}

/** A tape as plain data. */
export interface Tape {
  readonly nodes: readonly TapeNode[];
  readonly edges: readonly { readonly from: number; readonly to: number }[];
  /** In the order in which they run on `simd` and `reference`. */
  readonly kernels: readonly TapeKernel[];
  readonly outputs: readonly TapeOutput[];
}

/**
 * The tape of a function of trees, of which the shapes alone count: equal operations once, in the
 * kernels that `planOf` has. Inputs are called by their paths, after `argument 2` and so on where the
 * function has several. Throws what recording the function throws.
 */
export function tapeOf<A extends readonly Tree[]>(fn: (...args: A) => Tree, ...examples: A): Tape {
  expectFunction('tapeOf', fn);
  return tapeOfTrace(trace(fn, examples, 'tapeOf')).tape;
}

/**
 * The tape of a trace, and the tensors that each of its nodes was recorded as, more than one where
 * equal operations are computed once.
 */
export function tapeOfTrace({ args, result }: Trace<readonly Tree[], Tree>): {
  readonly tape: Tape;
  readonly tensorsOf: ReadonlyMap<number, readonly Tensor[]>;
} {
  const { captured } = prepare(result, args);
  const nodeOf = new Map<Tensor, GraphNode>();
  const graph = canonicalize(leaves(result), [...leaves(args), ...captured], nodeOf);
  const recorded = new Map([...nodeOf].map(([tensor, node]) => [tensor.id, node]));
  const builder = new TapeBuilder(graph, recorded, args.length > 1);
  const tape = builder.build(leafPaths(result));
  const tensorsOf = new Map<number, Tensor[]>();
  for (const [tensor, node] of nodeOf) {
    const id = builder.idOf.get(node);
    if (id !== undefined) tensorsOf.set(id, [...(tensorsOf.get(id) ?? []), tensor]);
  }
  // What is copied, since it is given or a result before, was recorded as what it is a copy of.
  for (const [i, output] of leaves(result).entries()) {
    const id = builder.idOf.get(graph.outputs[i]);
    if (id !== undefined && !tensorsOf.has(id)) tensorsOf.set(id, [output]);
  }
  return { tape, tensorsOf };
}

/**
 * The last values of the forward pass that results were recorded with: what a gradient in them needs
 * and none made. Of results without a gradient, the results.
 */
export function forwardPass(results: Tree): Tree {
  const outputs = leaves(results, 'forwardPass');
  const nodes = reachable(outputs);
  if (nodes.every(({ origin }) => !origin)) return outputs;
  const later = new Set<Tensor>();
  for (const node of nodes) {
    if (node.origin || node.inputs.some((input) => later.has(input))) later.add(node);
  }
  const needed = new Set(nodes.filter(({ origin }) => origin).flatMap(({ inputs }) => inputs));
  for (const node of nodes.toReversed()) {
    if (needed.has(node) && !later.has(node)) for (const input of node.inputs) needed.add(input);
  }
  const forward = nodes.filter((node) => node.inputs.length > 0 && needed.has(node));
  const isRead = new Set(
    forward.filter((node) => !later.has(node)).flatMap(({ inputs }) => inputs),
  );
  return forward.filter((node) => !later.has(node) && !isRead.has(node));
}

class TapeBuilder {
  readonly idOf = new Map<GraphNode, number>();
  private readonly phases: ReadonlyMap<GraphNode, string>;

  constructor(
    private readonly graph: Graph,
    private readonly recorded: ReadonlyMap<number, GraphNode>,
    private readonly several: boolean,
  ) {
    this.phases = phasesOf(graph);
  }

  build(paths: readonly string[]): Tape {
    const { graph, idOf } = this;
    const { materialized } = planFusion(graph);
    const drafts = graph.nodes
      .filter((node) => materialized.has(node))
      .map((root) => membersOf(root, materialized));
    const used = new Set(drafts.flatMap(({ members, reads }) => [...members, ...reads]));
    const all = [...graph.inputs, ...graph.nodes].filter((node) => used.has(node));
    for (const node of all) idOf.set(node, idOf.size);
    const ids = (nodes: Iterable<GraphNode>) =>
      [...nodes].map((node) => idOf.get(node) as number).sort((a, b) => a - b);
    const nodes = all.map((node) => this.nodeOf(node));
    return {
      nodes,
      edges: nodes.flatMap(({ id, inputs }) =>
        [...new Set(inputs)].map((from) => ({ from, to: id })),
      ),
      kernels: drafts.map(({ root, members, reads }, id) => ({
        id,
        nodes: ids(members),
        reads: ids(reads),
        phase: this.phaseOf(root),
      })),
      outputs: paths
        .map((name, i) => ({ name, node: idOf.get(graph.outputs[i]) }))
        .filter((output): output is TapeOutput => output.node !== undefined),
    };
  }

  private phaseOf(node: GraphNode): string {
    return this.phases.get(node) ?? 'given';
  }

  private nodeOf(node: GraphNode): TapeNode {
    const { idOf } = this;
    const { operation, origin, shape } = node;
    const recorded = origin ? this.recorded.get(origin.of) : undefined;
    // An alias computes nothing: what it stands for is another operation, or none.
    const of = recorded?.operation?.name === origin?.rule ? recorded : undefined;
    return {
      id: idOf.get(node) as number,
      name: operation?.name ?? this.inputName(node),
      family: operation?.family ?? 'input',
      shape,
      detail: detailOf(node),
      phase: this.phaseOf(node),
      order: origin?.order ?? 0,
      ...(origin && {
        rule: { name: origin.rule, ...(of && idOf.has(of) && { node: idOf.get(of) }) },
      }),
      inputs: readInputs(node).map((input) => idOf.get(input.node) as number),
    };
  }

  private inputName({ label = '' }: GraphNode): string {
    const [, argument, path] = /^(argument \d+) of tapeOf\.?(.*)$/.exec(label) ?? [];
    if (!argument) return label === 'a constant' ? 'constant' : label;
    if (!path) return argument;
    return this.several ? `${argument}.${path}` : path;
  }
}

/**
 * The phase of each operation. Of those that no derivative rule recorded, the forward pass has what a
 * gradient needs; the rest, where there is a gradient, is the update.
 */
function phasesOf({ nodes }: Graph): ReadonlyMap<GraphNode, string> {
  const orderOf = ({ origin }: GraphNode): number => origin?.order ?? 0;
  const lowest = Math.min(...nodes.map(orderOf).filter((order) => order > 0));
  const afterGradient = new Set<GraphNode>();
  for (const node of nodes) {
    const after = orderOf(node) > 0 || node.inputs.some((input) => afterGradient.has(input));
    if (after) afterGradient.add(node);
  }
  const needed = new Set<GraphNode>();
  for (const node of nodes.toReversed()) {
    if (!needed.has(node) && orderOf(node) !== lowest) continue;
    for (const input of node.inputs) needed.add(input);
  }
  const isUpdate = (node: GraphNode) => afterGradient.has(node) || !needed.has(node);
  return new Map(
    nodes.map((node) => {
      const order = orderOf(node);
      return [
        node,
        order === 0 && lowest < Infinity && isUpdate(node) ? 'update' : phaseName(order),
      ];
    }),
  );
}

/** Attributes that say what an operation does, in few words. */
function detailOf({ operation, attributes }: GraphNode): string {
  if (!operation) return '';
  const words: string[] = [];
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'shape' || value === false || value === undefined || value === null) continue;
    if (value === true) words.push(name);
    else if (name === 'value') words.push(`${value}`);
    else if (typeof value === 'number' || typeof value === 'string') words.push(`${name} ${value}`);
    else if (Array.isArray(value) && value.length <= 4) words.push(`${name} [${value}]`);
  }
  return words.join(', ');
}

/** The operations that a kernel computes, and what it reads. */
function membersOf(root: GraphNode, materialized: ReadonlySet<GraphNode>) {
  const members = new Set<GraphNode>([root]);
  const reads = new Set<GraphNode>();
  for (const node of members) {
    for (const { node: input } of readInputs(node)) {
      const stored = !input.operation || materialized.has(input);
      (stored ? reads : members).add(input);
    }
  }
  return { root, members, reads };
}
