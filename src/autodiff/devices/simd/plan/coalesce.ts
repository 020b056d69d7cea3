/** @file Joins a sum of sums over neighbouring cells into one longer sum. */

import { type Affine, combine } from './affine.ts';
import type { Node, NodeGraph, ReduceNode } from './node.ts';
import { visit } from './node.ts';

type Loop = Pick<ReduceNode, 'fn' | 'variable' | 'from' | 'to' | 'extent' | 'body'>;

const isRange = ({ from, to }: Loop, size: number): boolean =>
  from.terms.length === 0 && from.constant === 0 && to.terms.length === 0 && to.constant === size;

/**
 * A loop whose body is a loop of the same kind, where all addresses run through both as through
 * one: `reduce(k, 0, n, reduce(j, 0, m, a[k * m + j]))` is `reduce(j, 0, n * m, a[j])`.
 */
export function coalesced(outer: Loop, graph: NodeGraph): Loop | undefined {
  const inner = outer.body;
  if (inner.kind !== 'reduce' || inner.fn !== outer.fn) return undefined;
  const count = inner.extent;
  if (!isRange(outer, outer.extent) || !isRange(inner, count)) return undefined;
  if (!addressesOf(inner.body).every((at) => runsOn(at, outer.variable, inner.variable, count))) {
    return undefined;
  }
  // The outer variable times `count` is part of the joined one: put 0 in its place.
  const zero = combine([]);
  const body = graph.rewrite(inner.body, (name) => (name === outer.variable ? zero : undefined));
  const extent = outer.extent * count;
  const to = combine([{ x: inner.to, by: outer.extent }]);
  return { fn: outer.fn, variable: inner.variable, from: inner.from, to, extent, body };
}

function addressesOf(body: Node): Affine[] {
  const found: Affine[] = [];
  visit(body, (node) => {
    if (node.kind === 'load') found.push(node.at);
    if (node.kind === 'within') found.push(node.index);
    if (node.kind === 'reduce') found.push(node.from, node.to);
  });
  return found;
}

function runsOn(at: Affine, outer: string, inner: string, count: number): boolean {
  let coefficients = { outer: 0, inner: 0 };
  for (const { atom, by } of at.terms) {
    if (atom.kind === 'variable') {
      if (atom.name === outer) coefficients = { ...coefficients, outer: by };
      if (atom.name === inner) coefficients = { ...coefficients, inner: by };
      continue;
    }
    const parts = atom.kind === 'entry' ? atom.at : atom.x;
    if (!runsOn(parts, outer, inner, count)) return false;
  }
  return coefficients.outer === coefficients.inner * count;
}
