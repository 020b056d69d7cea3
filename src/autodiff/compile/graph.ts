/** @file The graph of a computation: the tape from its inputs to its outputs, each operation once. */

import { copy } from '../ops/view.ts';
import { reachable } from '../tape/reachable.ts';
import type { Tensor } from '../tape/tensor.ts';

/**
 * The graph with equal operations on equal inputs made one node, and aliases dropped. `inputs` are
 * the leaves that the plan takes; any other leaf is an internal error.
 */
export interface Graph {
  /** All operations to compute, inputs first. */
  readonly nodes: readonly Tensor[];
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** The representative inputs of each node. */
  readonly inputsOf: ReadonlyMap<Tensor, readonly Tensor[]>;
  /** Names the graph's structure and shapes: equal keys have equal plans. */
  readonly key: string;
}

/** Numbers the graph by value: one pass in the order of the tape. */
export function canonicalize(outputs: readonly Tensor[], inputs: readonly Tensor[]): Graph {
  const representative = new Map<Tensor, Tensor>();
  const number = new Map<Tensor, number>();
  const byKey = new Map<string, Tensor>();
  const inputsOf = new Map<Tensor, readonly Tensor[]>();
  const nodes: Tensor[] = [];
  const keys: string[] = [];
  for (const input of inputs) {
    representative.set(input, input);
    number.set(input, number.size);
    keys.push(`${input.kind}[${input.shape}]`);
  }
  for (const node of reachable(outputs)) {
    if (representative.has(node)) continue;
    if (!node.primitive) throw new Error(`internal: leaf ${node.id} is no input of the plan`);
    const from = node.inputs.map((input) => representative.get(input) as Tensor);
    if (node.primitive.alias) {
      representative.set(node, from[0]);
      continue;
    }
    const ids = from.map((input) => number.get(input));
    const key = `${node.primitive.name}(${ids})${showAttributes(node)}[${node.shape}]`;
    const same = byKey.get(key);
    representative.set(node, same ?? node);
    if (same) continue;
    byKey.set(key, node);
    number.set(node, number.size);
    inputsOf.set(node, from);
    nodes.push(node);
    keys.push(key);
  }
  const results = outputs.map((output) => representative.get(output) as Tensor);
  results.forEach((result, i) => {
    // Every output is a buffer of its own: one that is an input or stands twice is copied.
    if (!inputsOf.has(result) || results.indexOf(result) < i) {
      const own = copy(result);
      inputsOf.set(own, [result]);
      nodes.push(own);
      results[i] = own;
      keys.push(`copy(${number.get(result)})`);
      number.set(own, number.size);
    }
  });
  keys.push(`>${results.map((result) => number.get(result))}`);
  return { nodes, inputs, outputs: results, inputsOf, key: keys.join(';') };
}

/** Attributes by value; JSON alone would make one of NaN and the infinities, and of 0 and -0. */
const showAttributes = ({ attributes }: Tensor): string =>
  JSON.stringify(attributes, (_name, value) =>
    Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : typeof value === 'number'
        ? `number ${Object.is(value, -0) ? '-0' : value}`
        : value,
  );
