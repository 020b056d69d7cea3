/** @file Joins a sum of sums over neighbouring cells into one longer sum. */

import { type Affine, combine, largestIndex } from './affine.ts';
import { type Node, type NodeGraph, type ReduceNode, visit } from './node.ts';

/**
 * Joins a loop whose body is a loop of the same kind, if all addresses run through both as through
 * one: `reduce(k, 0, n, reduce(j, 0, m, a[k * m + j]))` becomes `reduce(j, 0, n * m, a[j])`.
 */
export function coalesce(root: Node, graph: NodeGraph): Node {
  const done = new Map<Node, Node>();
  visit(root, (node) => {
    if (node.kind !== 'reduce' || node.body.kind !== 'reduce') return;
    // Inner loops are visited first, so the body may have been joined already.
    const outer = graph.rewrite(node, done) as ReduceNode;
    const joined = join(outer, graph);
    if (joined) done.set(node, joined);
  });
  return done.size === 0 ? root : graph.rewrite(root, done);
}

function join(outer: ReduceNode, graph: NodeGraph): ReduceNode | undefined {
  const inner = outer.body;
  if (inner.kind !== 'reduce' || inner.fn !== outer.fn) return undefined;
  const count = inner.extent;
  if (!isRange(outer, outer.extent) || !isRange(inner, count)) return undefined;
  if (outer.extent * count > largestIndex) return undefined;
  const runOn = (address: Affine) => runsOn(address, outer.variable, inner.variable, count);
  if (!addressesOf(inner.body).every(runOn)) return undefined;
  // The outer variable times `count` is part of the joined one: put 0 in its place.
  const zero = combine([]);
  const replace = (name: string) => (name === outer.variable ? zero : undefined);
  const body = graph.rewrite(inner.body, new Map(), replace);
  const to = combine([{ x: inner.to, by: outer.extent }]);
  return graph.reduce({ ...inner, to, extent: outer.extent * count, body });
}

const isRange = ({ from, to }: ReduceNode, size: number): boolean =>
  from.terms.length === 0 && from.constant === 0 && to.terms.length === 0 && to.constant === size;

function addressesOf(body: Node): Affine[] {
  const addresses: Affine[] = [];
  visit(body, (node) => {
    if (node.kind === 'load') addresses.push(node.address);
    if (node.kind === 'within') addresses.push(node.index);
    if (node.kind === 'reduce') addresses.push(node.from, node.to);
  });
  return addresses;
}

/** Whether a step of the outer loop moves the address as far as `count` steps of the inner one. */
function runsOn(address: Affine, outer: string, inner: string, count: number): boolean {
  const coefficient = { outer: 0, inner: 0 };
  for (const { atom, by } of address.terms) {
    if (atom.kind === 'variable') {
      if (atom.name === outer) coefficient.outer = by;
      if (atom.name === inner) coefficient.inner = by;
    } else if (!runsOn(atom.kind === 'entry' ? atom.address : atom.x, outer, inner, count)) {
      return false;
    }
  }
  return coefficient.outer === coefficient.inner * count;
}
