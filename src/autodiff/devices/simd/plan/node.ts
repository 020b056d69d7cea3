/** @file Kernel expressions as graphs without duplicates, over the slots of a plan. */

import type { BinaryFunction, Expression, UnaryFunction } from '../../../kernel/expression.ts';
import { extentOf } from '../../../kernel/index-expression.ts';
import {
  type Affine,
  affineOf,
  expectExact,
  fullKey,
  type IndexScope,
  type Replace,
  substitute,
} from './affine.ts';

interface NodeBase {
  readonly id: number;
  readonly inputs: readonly Node[];
  /** The loop and thread variables that the value differs with. */
  readonly depends: ReadonlySet<string>;
}

/** The cell of a slot at an address. */
export type LoadNode = NodeBase & {
  readonly kind: 'load';
  readonly slot: number;
  readonly address: Affine;
  /** The slot holds integers. */
  readonly integer: boolean;
};

/** A sum or maximum of `body` over `from <= variable < to`. */
export type ReduceNode = NodeBase & {
  readonly kind: 'reduce';
  readonly fn: 'sum' | 'max';
  readonly variable: string;
  readonly from: Affine;
  readonly to: Affine;
  /** No more iterations than these. */
  readonly extent: number;
  readonly body: Node;
};

/** A value that differs from cell to cell. */
export type Node =
  | LoadNode
  | ReduceNode
  | (NodeBase & { readonly kind: 'number'; readonly value: number })
  | (NodeBase & { readonly kind: 'unary'; readonly fn: UnaryFunction })
  | (NodeBase & { readonly kind: 'binary'; readonly fn: BinaryFunction })
  | (NodeBase & { readonly kind: 'select' })
  | (NodeBase & {
      readonly kind: 'within';
      readonly index: Affine;
      readonly from: number;
      readonly to: number;
    });

/** A node before it has an identity. */
type Draft = Node extends infer N ? (N extends Node ? Omit<N, 'id' | 'depends'> : never) : never;

/** Nodes by what they compute: to make a node again returns the first one. */
export class NodeGraph {
  private readonly nodes = new Map<string, Node>();

  /** The node of an expression. */
  build(e: Expression, scope: IndexScope): Node {
    switch (e.kind) {
      case 'number':
        return this.intern({ kind: 'number', value: Math.fround(e.value), inputs: [] });
      case 'load': {
        const { slot, real } = scope.slot(e.slot);
        return this.load(slot, affineOf(e.at, scope), !real);
      }
      case 'unary':
        return this.intern({ kind: 'unary', fn: e.fn, inputs: [this.build(e.x, scope)] });
      case 'binary': {
        const inputs = [e.x, e.y].map((x) => this.build(x, scope));
        return this.intern({ kind: 'binary', fn: e.fn, inputs });
      }
      case 'select': {
        const inputs = [e.test, e.yes, e.no].map((x) => this.build(x, scope));
        return this.intern({ kind: 'select', inputs });
      }
      case 'within': {
        const { from, to } = e;
        expectExact(Math.max(extentOf(e.index), to) - 1, scope);
        return this.intern({
          kind: 'within',
          index: affineOf(e.index, scope),
          from,
          to,
          inputs: [],
        });
      }
      case 'reduce': {
        expectExact(Math.max(e.extent, extentOf(e.to) - 1), scope);
        const body = this.build(e.body, scope);
        const variable = scope.variable(e.variable);
        const from = affineOf(e.from, scope);
        const to = affineOf(e.to, scope);
        return this.reduce({ fn: e.fn, variable, from, to, extent: e.extent, body });
      }
    }
  }

  load(slot: number, address: Affine, integer: boolean): LoadNode {
    return this.intern({ kind: 'load', slot, address, integer, inputs: [] }) as LoadNode;
  }

  reduce(parts: Pick<ReduceNode, 'fn' | 'variable' | 'from' | 'to' | 'extent' | 'body'>) {
    return this.intern({ kind: 'reduce', ...parts, inputs: [parts.body] }) as ReduceNode;
  }

  /** The node with the nodes in `done` replaced, and the variables of all others. */
  rewrite(node: Node, done: Map<Node, Node>, replace?: Replace): Node {
    const before = done.get(node);
    if (before) return before;
    const again = (x: Node) => this.rewrite(x, done, replace);
    const move = (x: Affine) => (replace ? substitute(x, replace) : x);
    const draft: Draft =
      node.kind === 'load'
        ? { ...node, address: move(node.address) }
        : node.kind === 'within'
          ? { ...node, index: move(node.index) }
          : node.kind === 'reduce'
            ? { ...node, from: move(node.from), to: move(node.to), body: again(node.body) }
            : node;
    const result = this.intern({ ...draft, inputs: node.inputs.map(again) });
    done.set(node, result);
    return result;
  }

  private intern(draft: Draft): Node {
    const key = keyOf(draft);
    const present = this.nodes.get(key);
    if (present) return present;
    const node = { ...draft, id: this.nodes.size, depends: dependsOf(draft) } as Node;
    this.nodes.set(key, node);
    return node;
  }
}

function keyOf(draft: Draft): string {
  const inputs = draft.inputs.map(({ id }) => id).join();
  switch (draft.kind) {
    case 'number':
      return `n${Object.is(draft.value, -0) ? '-0' : draft.value}`;
    case 'load':
      return `l${draft.slot}${draft.integer ? 'i' : ''}[${fullKey(draft.address)}]`;
    case 'within':
      return `w${fullKey(draft.index)},${draft.from},${draft.to}`;
    case 'reduce':
      return `r${draft.fn},${draft.variable},${fullKey(draft.from)},${fullKey(draft.to)},${inputs}`;
    case 'select':
      return `s${inputs}`;
    default:
      return `${draft.kind},${draft.fn},${inputs}`;
  }
}

function dependsOf(draft: Draft): ReadonlySet<string> {
  const depends = new Set<string>();
  const add = (names: ReadonlySet<string>) => {
    for (const name of names) depends.add(name);
  };
  for (const input of draft.inputs) add(input.depends);
  if (draft.kind === 'load') add(draft.address.depends);
  if (draft.kind === 'within') add(draft.index.depends);
  if (draft.kind === 'reduce') {
    depends.delete(draft.variable);
    add(draft.from.depends);
    add(draft.to.depends);
  }
  return depends;
}

/**
 * Visits a node and all that it is computed from, inputs first, each once. Inputs of a node that
 * `enter` refuses are left out.
 */
export function visit(
  node: Node,
  see: (node: Node) => unknown,
  enter: (node: Node) => boolean = () => true,
  done = new Set<Node>(),
): void {
  if (done.has(node)) return;
  done.add(node);
  if (enter(node)) for (const input of node.inputs) visit(input, see, enter, done);
  see(node);
}

/** How many times each node is used, by other nodes or as a root. */
export function countUses(roots: readonly Node[]): ReadonlyMap<Node, number> {
  const uses = new Map<Node, number>();
  const use = (node: Node) => uses.set(node, (uses.get(node) ?? 0) + 1);
  const done = new Set<Node>();
  for (const root of roots) {
    use(root);
    visit(root, ({ inputs }) => inputs.forEach(use), undefined, done);
  }
  return uses;
}
