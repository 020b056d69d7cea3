/** @file Joins a sum of sums over neighbouring cells into one longer sum. */

import { type Affine, combine } from './affine.ts';
import { type Node, type NodeGraph, type ReduceNode, visit } from './node.ts';

const keep = () => undefined;

/** Joins loops all over the graph of a kernel. */
export function coalesce(root: Node, graph: NodeGraph): Node {
  const done = new Map<Node, Node>();
  visit(root, (node) => {
    if (node.kind !== 'reduce' || node.body.kind !== 'reduce') return;
    // Loops inside were visited before, so this one gets its body joined already.
    const outer = graph.rewrite(node, keep, done) as ReduceNode;
    const joined = join(outer, graph);
    if (joined) done.set(node, joined);
  });
  return done.size === 0 ? root : graph.rewrite(root, keep, done);
}

const isRange = ({ from, to }: ReduceNode, size: number): boolean =>
  from.terms.length === 0 && from.constant === 0 && to.terms.length === 0 && to.constant === size;

/**
 * A loop whose body is a loop of the same kind, where all addresses run through both as through
 * one: `reduce(k, 0, n, reduce(j, 0, m, a[k * m + j]))` is `reduce(j, 0, n * m, a[j])`.
 */
function join(outer: ReduceNode, graph: NodeGraph): ReduceNode | undefined {
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
  return graph.reduce({ ...inner, to, extent, body });
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
