/** @file Rewrites recurrences for devices that cannot run them: each row becomes kernels of its own. */

import { number, select, within } from '../kernel/expression.ts';
import { int } from '../kernel/index-expression.ts';
import type { Cell, Primitive } from '../tape/primitive.ts';
import type { Shape } from '../tape/shape.ts';
import { Tensor } from '../tape/tensor.ts';
import type { Graph } from './graph.ts';

/**
 * The same graph without recurrences: row after row is computed from the rows so far and put
 * among them. The buffers of the rows so far take turns, for none is read once the next is there.
 */
export function expandRecurrences(graph: Graph): Graph {
  const inputsOf = new Map<Tensor, readonly Tensor[]>();
  const result = new Map<Tensor, Tensor>();
  const nodes: Tensor[] = [];
  const add = (node: Tensor, inputs: readonly Tensor[]): Tensor => {
    inputsOf.set(node, inputs);
    nodes.push(node);
    return node;
  };
  const resultOf = (node: Tensor): Tensor => result.get(node) ?? node;
  for (const node of graph.nodes) {
    const inputs = (graph.inputsOf.get(node) as readonly Tensor[]).map(resultOf);
    if (node.primitive?.family !== 'recurrence') add(node, inputs);
    else result.set(node, unrolled(node, inputs, add));
  }
  return { ...graph, nodes, inputsOf, outputs: graph.outputs.map(resultOf) };
}

type AddNode = (node: Tensor, inputs: readonly Tensor[]) => Tensor;

/** The rows of a recurrence one by one; returns the node that holds them all. */
function unrolled(node: Tensor, inputs: readonly Tensor[], add: AddNode): Tensor {
  const rows = node.shape[node.shape.length - 2];
  const record = (primitive: Primitive, from: readonly Tensor[]): Tensor =>
    add(Tensor.record(primitive, from, node.attributes), from);
  let sofar: Tensor[] = [];
  for (let row = 0; row < rows; row++) {
    const computed = record(rowOf(node, row), [...inputs, ...sofar]);
    sofar = [record(placeRow(node.shape, row), [computed, ...sofar])];
  }
  return sofar[0];
}

const refuse = (): never => {
  throw new Error('internal: a row of a recurrence is differentiated');
};

/** Computes one row of a recurrence, given its inputs and, from the second on, the rows before. */
function rowOf({ primitive, shape, inputs }: Tensor, row: number): Primitive {
  const { name, cell } = primitive as Primitive;
  return {
    name: `${name}[${row}]`,
    family: 'fold',
    shape: () => [...shape.slice(0, -2), shape[shape.length - 1]],
    cell: (at, cells, attributes, fold) => {
      const place = [...at.slice(0, -1), int(row), at[at.length - 1]];
      const own = cells[inputs.length] ?? noRows;
      return cell(place, cells.slice(0, inputs.length), attributes, fold, own);
    },
    vjp: refuse,
    reads: (given) => given.map(() => 'many'),
  };
}

const noRows: Cell = {
  shape: [],
  read: () => {
    throw new Error('internal: the first row of a recurrence reads a row before it');
  },
  entry: refuse,
};

/** Puts a row among those before it; rows after it hold zeros that nobody reads. */
function placeRow(shape: Shape, row: number): Primitive {
  return {
    name: `row ${row}`,
    family: 'view',
    shape: () => shape,
    cell: (at, [computed, sofar]) => {
      const y = at[at.length - 2];
      const own = computed.read([...at.slice(0, -2), at[at.length - 1]]);
      return select(within(y, row, row + 1), own, sofar ? sofar.read(at) : number(0));
    },
    vjp: refuse,
    reads: () => ['many', 'once'],
  };
}
