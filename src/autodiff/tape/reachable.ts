/** @file The part of the tape that given nodes depend on. */

import type { Tensor } from './tensor.ts';

/**
 * The nodes that `roots` depend on, the roots included, in the order of the tape. Nodes recorded
 * before the node numbered `first` are left out.
 */
export function reachable(roots: readonly Tensor[], first = 0): Tensor[] {
  const seen = new Set<Tensor>();
  const stack = roots.filter((root) => root.id >= first);
  while (stack.length > 0) {
    const node = stack.pop() as Tensor;
    if (seen.has(node)) continue;
    seen.add(node);
    for (const input of node.inputs) {
      if (input.id >= first && !seen.has(input)) stack.push(input);
    }
  }
  return [...seen].sort((a, b) => a.id - b.id);
}
