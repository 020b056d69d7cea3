/** @file Rewrites recurrences for devices that cannot run them: each row becomes kernels of its own. */

import { number, select, within } from '../kernel/expression.ts';
import { int } from '../kernel/index-expression.ts';
import { InternalError } from '../tape/internal-error.ts';
import type { Operation } from '../tape/primitive.ts';
import type { Shape } from '../tape/shape.ts';
import { type Graph, type GraphNode, operationNode } from './graph.ts';

/**
 * The same graph without recurrences. Each row is computed from the rows before it and then put
 * among them. The tables of rows take turns in two buffers, because none is read again once the
 * next one is complete.
 */
export function expandRecurrences(graph: Graph): Graph {
  const replacement = new Map<GraphNode, GraphNode>();
  const replaced = (node: GraphNode): GraphNode => replacement.get(node) ?? node;
  const nodes: GraphNode[] = [];
  for (const node of graph.nodes) {
    const inputs = node.inputs.map(replaced);
    const { operation } = node;
    if (operation?.family === 'recurrence' && node.size > 0) {
      const steps = rowByRow(node, operation, inputs);
      nodes.push(...steps);
      replacement.set(node, steps[steps.length - 1]);
    } else {
      const same = { ...node, inputs };
      nodes.push(same);
      replacement.set(node, same);
    }
  }
  return { ...graph, nodes, outputs: graph.outputs.map(replaced) };
}

/** The steps that compute a recurrence; the last one holds all rows. */
function rowByRow(
  { shape, attributes }: GraphNode,
  operation: Operation,
  inputs: readonly GraphNode[],
): GraphNode[] {
  const steps: GraphNode[] = [];
  const [rows, columns] = shape.slice(-2);
  let before: readonly GraphNode[] = [];
  for (let row = 0; row < rows; row++) {
    const compute = computeRow(operation, row, inputs.length, shape);
    const rowShape = [...shape.slice(0, -2), columns];
    const computed = operationNode(compute, attributes, [...inputs, ...before], rowShape);
    const table = operationNode(placeRow(row), {}, [computed, ...before], shape);
    steps.push(computed, table);
    before = [table];
  }
  return steps;
}

/** Computes one row from the recurrence's inputs and, after the first, the table of rows so far. */
function computeRow(
  { name, cell }: Operation,
  row: number,
  inputCount: number,
  shape: Shape,
): Operation {
  return {
    name: `${name}[${row}]`,
    family: 'fold',
    cell: (position, cells, attributes, fold) => {
      const inTable = [...position.slice(0, -1), int(row), position[position.length - 1]];
      const table = cells[inputCount] ?? { shape, read: readsTooFar, entry: readsTooFar };
      return cell(inTable, cells.slice(0, inputCount), attributes, fold, table);
    },
    reads: new Array(inputCount + 1).fill('many'),
  };
}

const readsTooFar = (): never => {
  throw new InternalError('the first row of a recurrence reads a row before it');
};

/** Puts a row among those before it; the rows after it hold zeros that nothing reads. */
function placeRow(row: number): Operation {
  return {
    name: `row ${row}`,
    family: 'view',
    cell: (position, [computed, table]) => {
      const y = position[position.length - 2];
      const value = computed.read([...position.slice(0, -2), position[position.length - 1]]);
      return select(within(y, row, row + 1), value, table ? table.read(position) : number(0));
    },
    reads: ['many', 'once'],
  };
}
