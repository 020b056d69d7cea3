/** @file The graph of a computation: the tape from its inputs to its outputs, each operation once. */

import { InternalError } from '../tape/internal-error.ts';
import type { Operation } from '../tape/primitive.ts';
import { reachable } from '../tape/reachable.ts';
import { type Shape, sizeOf } from '../tape/shape.ts';
import type { Attributes, Kind, Tensor } from '../tape/tensor.ts';

/** A value of a graph: the result of an operation, or an input of the plan, which has none. */
export interface GraphNode {
  readonly operation: Operation | null;
  readonly attributes: Attributes;
  readonly inputs: readonly GraphNode[];
  readonly shape: Shape;
  /** Cells of the shape. */
  readonly size: number;
  readonly kind: Kind;
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
): GraphNode => ({ operation, attributes, inputs, shape, size: sizeOf(shape), kind: 'real' });

/** Computes an output that would share the buffer of an input or of another output. */
const copy: Operation = { name: 'copy', family: 'view', cell: (position, [x]) => x.read(position) };

/**
 * The graph from the leaves `inputs`, whose numbers come with each run, to `outputs`. Equal
 * operations on equal inputs become one node, and an alias becomes its input. Any other leaf is an
 * internal error.
 */
export function canonicalize(outputs: readonly Tensor[], inputs: readonly Tensor[]): Graph {
  const nodeOf = new Map<Tensor, GraphNode>();
  const byKey = new Map<string, GraphNode>();
  const numberOf = new Map<GraphNode, number>();
  const keys: string[] = [];
  const number = (node: GraphNode, key: string): GraphNode => {
    numberOf.set(node, numberOf.size);
    keys.push(key);
    return node;
  };
  const leaves = inputs.map((tensor): GraphNode => {
    const { shape, size, kind } = tensor;
    const leaf = { operation: null, attributes: {}, inputs: [], shape, size, kind };
    nodeOf.set(tensor, leaf);
    return number(leaf, `${kind}[${shape}]`);
  });
  const nodes: GraphNode[] = [];
  const compute = (key: string, ...node: Parameters<typeof operationNode>): GraphNode => {
    const added = number(operationNode(...node), key);
    nodes.push(added);
    return added;
  };
  for (const tensor of reachable(outputs)) {
    if (nodeOf.has(tensor)) continue;
    const { primitive, attributes, shape } = tensor;
    if (!primitive) throw new InternalError(`leaf ${tensor.id} is no input of the plan`);
    const from = tensor.inputs.map((input) => nodeOf.get(input) as GraphNode);
    if (primitive.alias) {
      nodeOf.set(tensor, from[0]);
      continue;
    }
    const operands = from.map((input) => numberOf.get(input));
    const key = `${primitive.name}(${operands})${structuralKey(attributes)}[${shape}]`;
    const node = byKey.get(key) ?? compute(key, primitive, attributes, from, shape);
    byKey.set(key, node);
    nodeOf.set(tensor, node);
  }
  const results: GraphNode[] = [];
  for (const output of outputs) {
    const result = nodeOf.get(output) as GraphNode;
    const shared = !result.operation || results.includes(result);
    const key = `copy(${numberOf.get(result)})`;
    results.push(shared ? compute(key, copy, {}, [result], result.shape) : result);
  }
  keys.push(`>${results.map((result) => numberOf.get(result))}`);
  return { inputs: leaves, nodes, outputs: results, key: keys.join(';') };
}

/** A value as text, in which all numbers differ: JSON writes NaN as null, and -0 as 0. */
function structuralKey(value: unknown): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : `${value}`;
  if (typeof value === 'boolean') return `${value}`;
  if (Array.isArray(value)) return `[${value.map(structuralKey)}]`;
  if (typeof value === 'object' && value) {
    let fields = '';
    for (const [name, field] of Object.entries(value)) fields += `${name}:${structuralKey(field)},`;
    return `{${fields}}`;
  }
  throw new InternalError(`an attribute that is a ${typeof value} cannot tell plans apart`);
}
