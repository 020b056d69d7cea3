/** @file What a run has on its device, so that one that fails or is stopped leaves nothing there. */

import type { Tree } from '../tape/tree.ts';
import { release } from './programs.ts';

export class Live {
  private readonly trees = new Set<Tree>();

  keep<T extends Tree>(tree: T): T {
    this.trees.add(tree);
    return tree;
  }

  /** Somebody else keeps it from here on. */
  pass(tree: Tree): void {
    this.trees.delete(tree);
  }

  drop(tree: Tree): void {
    this.trees.delete(tree);
    release(tree);
  }

  dropAll(): void {
    for (const tree of this.trees) this.drop(tree);
  }
}
