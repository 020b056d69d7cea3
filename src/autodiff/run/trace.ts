/** @file A function recorded once on placeholders: its result, and cotangents of its arguments. */

import { Tensor } from '../tape/tensor.ts';
import { leaves, mapTree, rebuild, type Tree } from '../tape/tree.ts';
import { backward } from '../transforms/backward.ts';

/** A function on the tape. */
export interface Trace<A extends readonly Tree[], R extends Tree> {
  /** The placeholders that stand for the arguments. */
  readonly args: A;
  /** The result as recorded; its tensors have shapes and no values. */
  readonly result: R;
}

/** Leaves of the shapes of `like`, without values. */
export const placeholders = <T extends Tree>(like: T): T =>
  mapTree((leaf) => Tensor.leaf(leaf.shape, leaf.kind, null), like);

/** Records `fn` on placeholders of the shapes of `examples`. */
export function trace<A extends readonly Tree[], R extends Tree>(
  fn: (...args: A) => R,
  examples: A,
): Trace<A, R> {
  const args = examples.map(placeholders) as readonly Tree[] as A;
  return { args, result: fn(...args) };
}

/** The cotangents of `sources`, arguments of the trace, for the cotangent `seed` of its result. */
export const cotangents = <T extends Tree, R extends Tree>(
  { result }: Trace<readonly Tree[], R>,
  seed: R,
  sources: T,
): T => rebuild(sources, backward(leaves(result), leaves(seed), leaves(sources)));
