/** @file A function recorded once on placeholders: its result, and cotangents of its arguments. */

import { Tensor } from '../tape/tensor.ts';
import { copyOfTree, leafPaths, leaves, mapTree, rebuild, type Tree } from '../tape/tree.ts';
import { backward } from '../transforms/backward.ts';

/** A function on the tape. */
export interface Trace<A extends readonly Tree[], R extends Tree> {
  /** The placeholders that stand for the arguments. */
  readonly args: A;
  /** The result as recorded; its tensors have shapes and no values. */
  readonly result: R;
}

/** Leaves of the shapes of `like`, without values; messages call them by `name` and their path. */
export function placeholders<T extends Tree>(like: T, name: string): T {
  const given = leaves(like, name);
  const paths = leafPaths(like);
  const named = given.map(({ shape, kind }, i) =>
    Tensor.placeholder(shape, kind, paths[i] ? `${name}.${paths[i]}` : name),
  );
  return rebuild(like, named);
}

/** Real leaves of the shapes of `like`, for cotangents of its tensors. */
export const cotangentsLike = <T extends Tree>(like: T): T =>
  mapTree(({ shape }) => Tensor.placeholder(shape, 'real', 'a cotangent'), like);

let open = 0;

/** Whether a function is being recorded. */
export const isTracing = (): boolean => open > 0;

/**
 * Records `fn`, which messages call `what`, on placeholders of the shapes of `examples`, which they
 * call by `names`. Throws a ShapeError if an example or the result is no tree.
 */
export function trace<A extends readonly Tree[], R extends Tree>(
  fn: (...args: A) => R,
  examples: A,
  what = 'a traced function',
  names: readonly string[] = examples.map((_, i) => `argument ${i + 1}`),
): Trace<A, R> {
  const args = examples.map((example, i) =>
    placeholders(example, `${names[i]} of ${what}`),
  ) as readonly Tree[] as A;
  open++;
  try {
    const result = fn(...(args.map((arg) => copyOfTree(arg)) as readonly Tree[] as A));
    return { args, result: copyOfTree(result, `${what}: its result`) };
  } finally {
    open--;
  }
}

/** The cotangents of `sources`, arguments of the trace, for the cotangent `seed` of its result. */
export const cotangents = <T extends Tree, R extends Tree>(
  { result }: Trace<readonly Tree[], R>,
  seed: R,
  sources: T,
): T => rebuild(sources, backward(leaves(result), leaves(seed), leaves(sources)));
