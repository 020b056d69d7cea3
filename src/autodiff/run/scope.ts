/** @file Values that end with a function, where the collector would free them some time later. */

import { expectFunction } from '../tape/options.ts';
import type { Tree } from '../tape/tree.ts';
import { release } from './buffers.ts';

/** Keeps a tree of computed tensors until the scope ends, and returns it. */
export type Hold = <T extends Tree>(tree: T) => T;

/**
 * Runs a function and then releases all that it was told to `hold`, if it fails too: results of
 * `evaluate`, `compile` or `hypergradient` that nobody needs after. What it returns must be another
 * value: a number that was read, or a tensor that is not held. Throws the error of the function, or
 * else that of a tensor that was released within.
 */
export async function scope<R>(run: (hold: Hold) => Promise<R>): Promise<R> {
  expectFunction('scope', run);
  const held: Tree[] = [];
  const hold: Hold = (tree) => {
    held.push(tree);
    return tree;
  };
  let result: R;
  try {
    result = await run(hold);
  } catch (error) {
    releaseAll(held);
    throw error;
  }
  const [error] = releaseAll(held);
  if (error) throw error;
  return result;
}

/** Releases each tree, and gives the errors of those that cannot be. */
function releaseAll(held: readonly Tree[]): Error[] {
  const errors: Error[] = [];
  for (const tree of held) {
    try {
      release(tree);
    } catch (error) {
      errors.push(error as Error);
    }
  }
  return errors;
}
