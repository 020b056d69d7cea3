/** @file The graph of a computation: the tape from its inputs to its outputs, each operation once. */

import { InternalError } from '../tape/internal-error.ts';
import { isPlain, isTypedArray } from '../tape/plain.ts';
import type { Operation } from '../tape/primitive.ts';
import { reachable } from '../tape/reachable.ts';
import { type Shape, ShapeError, sizeOf } from '../tape/shape.ts';
import { nameOf } from '../tape/show-tensor.ts';
import { showValue } from '../tape/show-value.ts';
import type { Attributes, Kind, Origin, Tensor } from '../tape/tensor.ts';

/** A value of a graph: the result of an operation, or an input of the plan, which has none. */
export interface GraphNode {
  readonly operation: Operation | null;
  readonly attributes: Attributes;
  readonly inputs: readonly GraphNode[];
  readonly shape: Shape;
  /** Cells of the shape. */
  readonly size: number;
  readonly kind: Kind;
  /** For people: what an input is called, and which derivative rule recorded an operation first. */
  readonly label?: string;
  readonly origin?: Origin | null;
}

/** What is computed from what, apart from the tape that recorded it and from any numbers. */
export interface Graph {
  readonly inputs: readonly GraphNode[];
  /** All operations to compute, each after its inputs. */
  readonly nodes: readonly GraphNode[];
  /** Distinct operations, so that each output gets a buffer of its own. */
  readonly outputs: readonly GraphNode[];
  /** Names the graph's structure and shapes: equal keys have equal plans. */
  readonly key: string;
}

/** A node that computes `operation`; a real tensor, as all results are. */
export const operationNode = (
  operation: Operation,
  attributes: Attributes,
  inputs: readonly GraphNode[],
  shape: Shape,
  origin: Origin | null = null,
): GraphNode => ({
  operation,
  attributes,
  inputs,
  shape,
  size: sizeOf(shape),
  kind: 'real',
  origin,
});

/**
 * The graph from the leaves `inputs`, whose numbers come with each run, to `outputs`. Equal
 * operations on equal inputs become one node, and an alias becomes its input. Any other leaf is an
 * internal error. `nodeOf` is filled with the node of each tensor.
 */
export function canonicalize(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  nodeOf = new Map<Tensor, GraphNode>(),
): Graph {
  const builder = new GraphBuilder();
  for (const input of inputs) nodeOf.set(input, builder.input(input));
  for (const tensor of reachable(outputs)) {
    if (nodeOf.has(tensor)) continue;
    const { primitive, attributes, shape } = tensor;
    if (!primitive) throw new InternalError(`leaf ${tensor.id} is no input of the plan`);
    const from = tensor.inputs.map((input) => nodeOf.get(input) as GraphNode);
    const node = primitive.alias
      ? from[0]
      : builder.compute(primitive, attributes, from, shape, tensor.origin);
    nodeOf.set(tensor, node);
  }
  return builder.graph(outputs.map((output) => nodeOf.get(output) as GraphNode));
}

/** The part of a graph that computes some of its operations, from the same inputs. */
export function graphOf({ inputs, nodes }: Graph, outputs: readonly GraphNode[]): Graph {
  const needed = new Set(outputs);
  for (let i = nodes.length - 1; i >= 0; i--) {
    if (needed.has(nodes[i])) for (const input of nodes[i].inputs) needed.add(input);
  }
  // It is run once: no cache keeps its program, so that no key names it.
  return { inputs, nodes: nodes.filter((node) => needed.has(node)), outputs, key: '' };
}

/** Computes an output that would share the buffer of an input or of another output. */
const copy: Operation = { name: 'copy', family: 'view', cell: (position, [x]) => x.read(position) };

/** Numbers nodes in order, inputs first, and makes the graph's key of their keys. */
class GraphBuilder {
  private readonly inputs: GraphNode[] = [];
  private readonly nodes: GraphNode[] = [];
  private readonly numberOf = new Map<GraphNode, number>();
  private readonly byKey = new Map<string, GraphNode>();
  private readonly keys: string[] = [];

  input(leaf: Tensor): GraphNode {
    const { shape, size, kind } = leaf;
    const label = nameOf(leaf).replace(/, \[[\d,]*\]$/, '');
    const node = { operation: null, attributes: {}, inputs: [], shape, size, kind, label };
    this.inputs.push(node);
    return this.number(node, `${kind}[${shape}]`);
  }

  /** The node of an operation, the same one for equal operations on equal inputs. */
  compute(
    operation: Operation,
    attributes: Attributes,
    inputs: readonly GraphNode[],
    shape: Shape,
    origin: Origin | null,
  ): GraphNode {
    const operands = inputs.map((input) => this.numberOf.get(input));
    const key = `${operation.name}(${operands})${structuralKey(attributes, operation.name)}[${shape}]`;
    let node = this.byKey.get(key);
    if (!node) {
      node = this.add(operationNode(operation, attributes, inputs, shape, origin), key);
      this.byKey.set(key, node);
    }
    return node;
  }

  /** The graph of these results; an input, or a result that is listed before, is copied. */
  graph(results: readonly GraphNode[]): Graph {
    const outputs: GraphNode[] = [];
    for (const node of results) {
      const shared = !node.operation || outputs.includes(node);
      outputs.push(shared ? this.copyOf(node) : node);
    }
    this.keys.push(`>${outputs.map((output) => this.numberOf.get(output))}`);
    return { inputs: this.inputs, nodes: this.nodes, outputs, key: this.keys.join(';') };
  }

  private copyOf(node: GraphNode): GraphNode {
    const key = `copy(${this.numberOf.get(node)})`;
    return this.add({ ...operationNode(copy, {}, [node], node.shape), kind: node.kind }, key);
  }

  private add(node: GraphNode, key: string): GraphNode {
    this.nodes.push(node);
    return this.number(node, key);
  }

  private number(node: GraphNode, key: string): GraphNode {
    this.numberOf.set(node, this.numberOf.size);
    this.keys.push(key);
    return node;
  }
}

/**
 * A value of the attributes of `name` as text, in which all numbers differ: JSON writes NaN as null,
 * and -0 as 0.
 */
function structuralKey(value: unknown, name: string): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : `${value}`;
  if (typeof value === 'boolean' || value === undefined) return `${value}`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((cell) => structuralKey(cell, name))}]`;
  if (isTypedArray(value)) return structuralKey(Array.from(value), name);
  if (isPlain(value)) {
    let fields = '';
    for (const [field, of] of Object.entries(value))
      fields += `${field}:${structuralKey(of, name)},`;
    return `{${fields}}`;
  }
  // Of other objects, such as a Map, the fields do not say what they hold.
  throw new ShapeError(
    `${name}: an attribute that is ${showValue(value)} does not tell plans apart: give numbers, ` +
      'texts, booleans, and lists and records of them',
  );
}
