/** @file Trees of tensors, such as the parameters `{ users, items }` of a model. */

import { ShapeError, sameShape, showShape } from './shape.ts';
import { asTensor, showValue } from './show-value.ts';
import { Tensor } from './tensor.ts';

/** A tensor, or a list or record of trees. */
export type Tree = Tensor | readonly Tree[] | { readonly [name: string]: Tree };

/** A list or record that is being walked, and how far. */
interface Branch {
  readonly node: { readonly [name: string]: Tree };
  /** The names of its children in the order of `leaves`. */
  readonly names: readonly string[];
  readonly isList: boolean;
  next: number;
}

/** Trees nested deeper than this are taken for ones that contain themselves. */
const deepest = 100_000;

/** What is told of a tree, in the order of `leaves`. */
interface Visitor {
  leaf(leaf: Tensor, path: readonly Branch[]): void;
  enter?(branch: Branch): void;
  leave?(branch: Branch): void;
}

/**
 * Walks a tree without recursion, since a tree may be nested deeper than the stack. Throws a
 * ShapeError that names `what` and the path of anything that is no tensor, list or plain record.
 */
function walk(what: string, tree: Tree, { leaf, enter, leave }: Visitor): void {
  const path: Branch[] = [];
  const visit = (node: Tree) => {
    if (node instanceof Tensor) leaf(node, path);
    else {
      const branch = branchOf(what, node, path);
      path.push(branch);
      if (path.length > deepest) {
        throw new ShapeError(`${what}: nested more than ${deepest} deep; does it contain itself?`);
      }
      enter?.(branch);
    }
  };
  visit(tree);
  while (path.length > 0) {
    const branch = path[path.length - 1];
    if (branch.next < branch.names.length) visit(branch.node[branch.names[branch.next++]]);
    else {
      path.pop();
      leave?.(branch);
    }
  }
}

function branchOf(what: string, node: Tree, path: readonly Branch[]): Branch {
  const record = node as { readonly [name: string]: Tree };
  if (Array.isArray(node)) return { node: record, names: indices(node), isList: true, next: 0 };
  if (isPlain(node))
    return { node: record, names: Object.keys(node).sort(), isList: false, next: 0 };
  const at = path.length > 0 ? ` at ${pathName(path)}` : '';
  throw new ShapeError(`${what}: expected a tensor${at}, got ${showValue(node)}${asTensor(node)}`);
}

const indices = (list: readonly Tree[]): string[] => Array.from(list, (_, i) => `${i}`);

/** Made by an object literal, of this page or another: a Promise or a Map has a class between. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

const pathName = (path: readonly Branch[]): string =>
  path.map(({ names, next }) => names[next - 1]).join('.');

/**
 * The tensors of a tree in a fixed order: lists in order, records by name. Throws a ShapeError that
 * names `what` at anything else in it.
 */
export function leaves(tree: Tree, what = 'tree'): Tensor[] {
  if (tree instanceof Tensor) return [tree];
  const found: Tensor[] = [];
  walk(what, tree, { leaf: (leaf) => found.push(leaf) });
  return found;
}

/** A tree of the same structure with other tensors, given in the order of `leaves`. */
export function rebuild<T extends Tree>(tree: T, tensors: readonly Tensor[]): T {
  if (tree instanceof Tensor) return tensors[0] as Tree as T;
  const made: Tree[][] = [[]];
  let next = 0;
  walk('tree', tree, {
    leaf: () => made[made.length - 1].push(tensors[next++]),
    enter: () => made.push([]),
    leave: ({ names, isList }) => {
      const children = made.pop() as Tree[];
      const entries = () => names.map((name, i) => [name, children[i]] as const);
      made[made.length - 1].push(isList ? children : Object.fromEntries(entries()));
    },
  });
  return made[0][0] as T;
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
  const first = leaves(tree, 'mapTree');
  const columns = others.map((other) => {
    expectSameStructure('mapTree', tree, other);
    return leaves(other);
  });
  return rebuild(
    tree,
    first.map((leaf, i) => fn(leaf, ...columns.map((column) => column[i]))),
  );
}

/** The path of each tensor in the order of `leaves`, such as `layers.0`; empty for a lone tensor. */
export function leafPaths(tree: Tree): string[] {
  const paths: string[] = [];
  walk('tree', tree, { leaf: (_leaf, path) => paths.push(pathName(path)) });
  return paths;
}

/** Cells that the tensors of a tree have together. */
export const cellsOf = (tree: Tree): number =>
  leaves(tree).reduce((cells, leaf) => cells + leaf.size, 0);

/** A tree as text, in which all structures differ, with each tensor as `show` gives it. */
function print(what: string, tree: Tree, show: (leaf: Tensor) => string): string {
  if (tree instanceof Tensor) return show(tree);
  let text = '';
  const before = (path: readonly Branch[]) => {
    const branch = path[path.length - 1];
    if (branch.next > 1) text += ',';
    if (!branch.isList) text += `${fieldName(branch.names[branch.next - 1])}:`;
  };
  const open: Branch[] = [];
  walk(what, tree, {
    leaf: (leaf, path) => {
      before(path);
      text += show(leaf);
    },
    enter: (branch) => {
      if (open.length > 0) before(open);
      open.push(branch);
      text += branch.isList ? '(' : '{';
    },
    leave: ({ isList }) => {
      open.pop();
      text += isList ? ')' : '}';
    },
  });
  return text;
}

/** A name that could be read as structure stands in quotes. */
const fieldName = (name: string): string => (/^[\w$]+$/.test(name) ? name : JSON.stringify(name));

const showLeaf = ({ kind, shape }: Tensor): string =>
  kind === 'index' ? `i${showShape(shape)}` : showShape(shape);

/**
 * A tree's structure and shapes as text: the key of caches, and what errors show. Throws a
 * ShapeError that names `what` at anything that is no tree.
 */
export const describe = (tree: Tree, what = 'tree'): string => print(what, tree, showLeaf);

/** Throws a ShapeError that names `what` unless both trees have equal structure; shapes may differ. */
export function expectSameStructure(what: string, expected: Tree, got: Tree): void {
  if (!sameTree(expected, got, () => true)) throw mismatch(what, expected, got);
}

/** Throws a ShapeError that names `what` unless both trees have equal structure and shapes. */
export function expectSameTree(what: string, expected: Tree, got: Tree): void {
  if (!sameTree(expected, got, sameShapes)) throw mismatch(what, expected, got);
}

const sameShapes = (a: Tensor, b: Tensor): boolean => sameShape(a.shape, b.shape);

const mismatch = (what: string, expected: Tree, got: Tree): ShapeError =>
  new ShapeError(`${what}: expected ${describe(expected)}, got ${describe(got, what)}`);

function sameTree(a: Tree, b: Tree, sameLeaf: (a: Tensor, b: Tensor) => boolean): boolean {
  const pairs: [Tree, Tree][] = [[a, b]];
  for (let pair = pairs.pop(); pair; pair = pairs.pop()) {
    const [left, right] = pair;
    if (left instanceof Tensor || right instanceof Tensor) {
      if (!(left instanceof Tensor && right instanceof Tensor && sameLeaf(left, right)))
        return false;
      continue;
    }
    if (!isBranch(left) || !isBranch(right) || Array.isArray(left) !== Array.isArray(right)) {
      return false;
    }
    const names = Object.keys(left);
    if (names.length !== Object.keys(right).length) return false;
    for (const name of names) {
      if (!Object.hasOwn(right, name)) return false;
      pairs.push([left[name], right[name]]);
    }
  }
  return true;
}

const isBranch = (node: Tree): node is { readonly [name: string]: Tree } =>
  Array.isArray(node) || isPlain(node);
