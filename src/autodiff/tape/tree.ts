/** @file Trees of tensors, such as the parameters `{ users, items }` of a model. */

import { expectFunction } from './options.ts';
import { isPlain } from './plain.ts';
import { ShapeError, sameShape, showShape } from './shape.ts';
import { asTensor, showValue } from './show-value.ts';
import { Tensor } from './tensor.ts';

/** A tensor, or a list or record of trees. */
export type Tree = Tensor | readonly Tree[] | { readonly [name: string]: Tree };

// Trees may be nested deeper than the stack, so nothing here is recursive: what is still to be
// visited stands on a list, the next one last.

/** Trees of more lists and records are taken for ones that contain themselves. */
const mostBranches = 1_000_000;

type Branch = { readonly [name: string]: Tree };

/** `0`, `1`, … up to the longest list that there was. */
const positions: string[] = [];

/** The names of the children of a list or record, sorted; undefined for anything else. */
function childNames(node: Tree): readonly string[] | undefined {
  if (Array.isArray(node)) {
    for (let i = positions.length; i < node.length; i++) positions.push(`${i}`);
    return positions.slice(0, node.length);
  }
  return isPlain(node) ? Object.keys(node).sort() : undefined;
}

/**
 * The tensors of a tree in a fixed order: lists in order, records by name. Throws a ShapeError that
 * names `what` and the path of anything else in it.
 */
export function leaves(tree: Tree, what = 'tree'): Tensor[] {
  if (tree instanceof Tensor) return [tree];
  const found: Tensor[] = [];
  const ahead: Tree[] = [tree];
  for (let branches = 0; ahead.length > 0; ) {
    const node = ahead.pop() as Tree;
    if (node instanceof Tensor) {
      found.push(node);
      continue;
    }
    const names = childNames(node);
    if (!names || branches++ > mostBranches) throw wrongTree(what, tree);
    for (let i = names.length - 1; i >= 0; i--) ahead.push((node as Branch)[names[i]]);
  }
  return found;
}

/** The error of a tree in which `leaves` found something wrong. */
function wrongTree(what: string, tree: Tree): ShapeError {
  const ahead: { readonly node: Tree; readonly path: string }[] = [{ node: tree, path: '' }];
  for (let branches = 0; branches <= mostBranches; branches++) {
    const next = ahead.pop();
    if (!next) break;
    const { node, path } = next;
    if (node instanceof Tensor) continue;
    const names = childNames(node);
    if (!names) {
      const at = path ? ` at ${path}` : '';
      return new ShapeError(
        `${what}: expected a tensor${at}, got ${showValue(node)}${asTensor(node)}`,
      );
    }
    for (const name of [...names].reverse()) {
      ahead.push({ node: (node as Branch)[name], path: path ? `${path}.${name}` : name });
    }
  }
  return new ShapeError(`${what}: more than ${mostBranches} branches; does a list contain itself?`);
}

/** A tree of the same structure with other tensors, given in the order of `leaves`. */
export const rebuild = <T extends Tree>(tree: T, tensors: readonly Tensor[]): T =>
  withLeaves(tree, tensors) as T;

/**
 * The tree's lists and records made anew: what a function of somebody else gets, which may assign to
 * their fields, and what is kept of somebody else's tree. Throws a ShapeError that names `what` at
 * anything that is no tree.
 */
export const copyOfTree = <T extends Tree>(tree: T, what?: string): T =>
  rebuild(tree, leaves(tree, what));

/** The tree with other trees in place of its tensors, given in the order of `leaves`. */
export function withLeaves(tree: Tree, trees: readonly Tree[]): Tree {
  if (tree instanceof Tensor) return trees[0];
  const root: { tree?: Tree } = {};
  const ahead: { readonly into: object; readonly name: string; readonly node: Tree }[] = [
    { into: root, name: 'tree', node: tree },
  ];
  let next = 0;
  for (let task = ahead.pop(); task; task = ahead.pop()) {
    const { into, name, node } = task;
    const made: Tree = node instanceof Tensor ? trees[next++] : Array.isArray(node) ? [] : {};
    put(into as Record<string, Tree>, name, made);
    if (node instanceof Tensor) continue;
    const names = childNames(node) ?? [];
    for (let i = names.length - 1; i >= 0; i--) {
      ahead.push({ into: made, name: names[i], node: (node as Branch)[names[i]] });
    }
  }
  return root.tree as Tree;
}

/** Sets a field, also one called __proto__, which an assignment would take for the prototype. */
function put(into: Record<string, Tree>, name: string, value: Tree): void {
  if (name !== '__proto__') into[name] = value;
  else {
    Object.defineProperty(into, name, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
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
  expectFunction('mapTree', fn);
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
  const ahead: { readonly node: Tree; readonly path: string }[] = [{ node: tree, path: '' }];
  for (let next = ahead.pop(); next; next = ahead.pop()) {
    const { node, path } = next;
    if (node instanceof Tensor) {
      paths.push(path);
      continue;
    }
    const names = childNames(node) ?? [];
    for (let i = names.length - 1; i >= 0; i--) {
      const child = (node as Branch)[names[i]];
      ahead.push({ node: child, path: path ? `${path}.${names[i]}` : names[i] });
    }
  }
  return paths;
}

/** Cells that the tensors of a tree have together. */
export const cellsOf = (tree: Tree): number =>
  leaves(tree).reduce((cells, leaf) => cells + leaf.size, 0);

/** A name that could be read as structure stands in quotes. */
const fieldName = (name: string): string => (/^[\w$]+$/.test(name) ? name : JSON.stringify(name));

const showLeaf = ({ kind, shape }: Tensor): string =>
  kind === 'index' ? `i${showShape(shape)}` : showShape(shape);

/**
 * A tree's structure and shapes as text: the key of caches, and what errors show. Throws a
 * ShapeError that names `what` at anything that is no tree.
 */
export function describe(tree: Tree, what = 'tree'): string {
  if (tree instanceof Tensor) return showLeaf(tree);
  // A text in a tree is no tensor, and only texts of this function are copied.
  if (typeof tree === 'string') throw wrongTree(what, tree);
  let text = '';
  const ahead: (Tree | string)[] = [tree];
  for (let branches = 0; ahead.length > 0; ) {
    const node = ahead.pop() as Tree | string;
    if (typeof node === 'string' || node instanceof Tensor) {
      text += typeof node === 'string' ? node : showLeaf(node);
      continue;
    }
    const names = childNames(node);
    if (!names || branches++ > mostBranches) throw wrongTree(what, tree);
    const isList = Array.isArray(node);
    text += isList ? '(' : '{';
    ahead.push(isList ? ')' : '}');
    for (let i = names.length - 1; i >= 0; i--) {
      const child = (node as Branch)[names[i]];
      if (typeof child === 'string') throw wrongTree(what, tree);
      const before = i > 0 ? ',' : '';
      ahead.push(child, isList ? before : `${before}${fieldName(names[i])}:`);
    }
  }
  return text;
}

/** Throws a ShapeError that names `what` unless both trees have equal structure; shapes may differ. */
export function expectSameStructure(what: string, expected: Tree, got: Tree): void {
  if (!sameTree(expected, got, () => true)) throw mismatch(what, expected, got);
}

/** Throws a ShapeError that names `what` unless both trees have equal structure and shapes. */
export function expectSameTree(what: string, expected: Tree, got: Tree): void {
  if (!sameTree(expected, got, sameShapes)) throw mismatch(what, expected, got);
}

/** The same, and addresses where there were addresses: numbers are not read as such. */
export function expectSameKinds(what: string, expected: Tree, got: Tree): void {
  const same = (a: Tensor, b: Tensor) => a.kind === b.kind && sameShapes(a, b);
  if (!sameTree(expected, got, same)) throw mismatch(what, expected, got);
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
    const [names, others] = [childNames(left), childNames(right)];
    if (!names || !others || Array.isArray(left) !== Array.isArray(right)) return false;
    if (names.length !== others.length || names.some((name, i) => name !== others[i])) return false;
    for (const name of names) pairs.push([(left as Branch)[name], (right as Branch)[name]]);
  }
  return true;
}
