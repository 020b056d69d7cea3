/** @file Trees of tensors, such as the parameters `{ users, items }` of a model. */

import { ShapeError, sameShape, showShape } from './shape.ts';
import { Tensor } from './tensor.ts';

/** A tensor, or a list or record of trees. */
export type Tree = Tensor | readonly Tree[] | { readonly [name: string]: Tree };

/** The tensors of a tree in a fixed order: lists in order, records by name. */
export function leaves(tree: Tree): Tensor[] {
  if (tree instanceof Tensor) return [tree];
  if (Array.isArray(tree)) return tree.flatMap(leaves);
  const record = tree as { readonly [name: string]: Tree };
  return Object.keys(record)
    .sort()
    .flatMap((name) => leaves(record[name]));
}

/** A tree of the same structure with other tensors, given in the order of `leaves`. */
export function rebuild<T extends Tree>(tree: T, tensors: readonly Tensor[]): T {
  const queue = tensors[Symbol.iterator]();
  const visit = (node: Tree): Tree => {
    if (node instanceof Tensor) return queue.next().value as Tensor;
    if (Array.isArray(node)) return node.map(visit);
    const record = node as { readonly [name: string]: Tree };
    const entries = Object.keys(record)
      .sort()
      .map((name) => [name, visit(record[name])] as const);
    return Object.fromEntries(entries);
  };
  return visit(tree) as T;
}

/**
 * Applies `fn` to each tensor of the first tree and its counterparts in the others. Throws a
 * ShapeError unless all trees have one structure; shapes may differ.
 */
export function mapTree<T extends Tree>(
  fn: (tensor: Tensor, ...others: Tensor[]) => Tensor,
  tree: T,
  ...others: T[]
): T {
  const columns = others.map((other) => {
    if (!sameTree(tree, other, () => true)) throw mismatch('mapTree', tree, other);
    return leaves(other);
  });
  return rebuild(
    tree,
    leaves(tree).map((leaf, i) => fn(leaf, ...columns.map((column) => column[i]))),
  );
}

/** The path of each tensor in the order of `leaves`, such as `layers.0`; empty for a lone tensor. */
export function leafPaths(tree: Tree): string[] {
  const below = (name: string, child: Tree) =>
    leafPaths(child).map((path) => (path ? `${name}.${path}` : name));
  if (tree instanceof Tensor) return [''];
  if (Array.isArray(tree)) return tree.flatMap((child, i) => below(`${i}`, child));
  const record = tree as { readonly [name: string]: Tree };
  return Object.keys(record)
    .sort()
    .flatMap((name) => below(name, record[name]));
}

/** Cells that the tensors of a tree have together. */
export const cellsOf = (tree: Tree): number =>
  leaves(tree).reduce((cells, leaf) => cells + leaf.size, 0);

/** A tree's structure and shapes as text: the key of caches, and what errors show. */
export function describe(tree: Tree): string {
  if (tree instanceof Tensor) return `${tree.kind === 'index' ? 'i' : ''}${showShape(tree.shape)}`;
  if (Array.isArray(tree)) return `(${tree.map(describe).join()})`;
  const record = tree as { readonly [name: string]: Tree };
  const fields = Object.keys(record).sort();
  return `{${fields.map((name) => `${name}:${describe(record[name])}`).join()}}`;
}

/** Throws a ShapeError that names `what` unless both trees have equal structure and shapes. */
export function expectSameTree(what: string, expected: Tree, got: Tree): void {
  const sameLeaf = (a: Tensor, b: Tensor) => sameShape(a.shape, b.shape);
  if (!sameTree(expected, got, sameLeaf)) throw mismatch(what, expected, got);
}

const mismatch = (what: string, expected: Tree, got: Tree): ShapeError =>
  new ShapeError(`${what}: expected ${describe(expected)}, got ${describe(got)}`);

function sameTree(a: Tree, b: Tree, sameLeaf: (a: Tensor, b: Tensor) => boolean): boolean {
  if (a instanceof Tensor || b instanceof Tensor) {
    return a instanceof Tensor && b instanceof Tensor && sameLeaf(a, b);
  }
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a, b] as { readonly [name: string]: Tree }[];
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => name in right && sameTree(left[name], right[name], sameLeaf))
  );
}
