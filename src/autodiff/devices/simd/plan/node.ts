/** @file Kernel expressions as graphs without duplicates, over places of memory. */

import type { BinaryFunction, Expression, UnaryFunction } from '../../../kernel/expression.ts';
import { type Affine, affineOf, fullKey, type IndexScope, substitute } from './affine.ts';

interface NodeBase {
  readonly id: number;
  readonly inputs: readonly Node[];
  /** The loop and thread variables that its value differs with. */
  readonly depends: ReadonlySet<string>;
}

export type LoadNode = NodeBase & {
  readonly kind: 'load';
  readonly place: number;
  readonly at: Affine;
  /** The place holds integers. */
  readonly integer: boolean;
};

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

/** What a slot of a kernel stands for: a place, or the value of a cell that is known already. */
export interface NodeScope extends IndexScope {
  load(slot: number, at: Affine): Node | undefined;
  integer(slot: number): boolean;
}

export class NodeGraph {
  private readonly known = new Map<string, Node>();
  private count = 0;

  build(e: Expression, scope: NodeScope): Node {
    switch (e.kind) {
      case 'number':
        return this.number(e.value);
      case 'load': {
        const at = affineOf(e.at, scope);
        const value = scope.load(e.slot, at);
        return value ?? this.load(scope.place(e.slot).place, at, scope.integer(e.slot));
      }
      case 'unary':
        return this.unary(e.fn, this.build(e.x, scope));
      case 'binary':
        return this.binary(e.fn, this.build(e.x, scope), this.build(e.y, scope));
      case 'select': {
        const inputs = [e.test, e.yes, e.no].map((x) => this.build(x, scope));
        return this.intern({ kind: 'select', inputs });
      }
      case 'within':
        return this.within(affineOf(e.index, scope), e.from, e.to);
      case 'reduce': {
        const body = this.build(e.body, scope);
        const variable = scope.variable(e.variable);
        const from = affineOf(e.from, scope);
        const to = affineOf(e.to, scope);
        return this.reduce({ fn: e.fn, variable, from, to, extent: e.extent, body });
      }
    }
  }

  number(value: number): Node {
    return this.intern({ kind: 'number', value: Math.fround(value), inputs: [] });
  }

  load(place: number, at: Affine, integer: boolean): LoadNode {
    return this.intern({ kind: 'load', place, at, integer, inputs: [] }) as LoadNode;
  }

  unary(fn: UnaryFunction, x: Node): Node {
    return this.intern({ kind: 'unary', fn, inputs: [x] });
  }

  binary(fn: BinaryFunction, x: Node, y: Node): Node {
    return this.intern({ kind: 'binary', fn, inputs: [x, y] });
  }

  within(index: Affine, from: number, to: number): Node {
    return this.intern({ kind: 'within', index, from, to, inputs: [] });
  }

  reduce(parts: Pick<ReduceNode, 'fn' | 'variable' | 'from' | 'to' | 'extent' | 'body'>) {
    return this.intern({ kind: 'reduce', ...parts, inputs: [parts.body] }) as ReduceNode;
  }

  /** The same node with its addresses and inputs rewritten. */
  rewrite(
    node: Node,
    replace: (name: string) => Affine | undefined,
    done = new Map<Node, Node>(),
  ): Node {
    const before = done.get(node);
    if (before) return before;
    const again = (x: Node) => this.rewrite(x, replace, done);
    const move = (x: Affine) => substitute(x, replace);
    const draft: Draft =
      node.kind === 'load'
        ? { ...node, at: move(node.at) }
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
    const known = this.known.get(key);
    if (known) return known;
    const node = { ...draft, id: this.count++, depends: dependsOf(draft) } as Node;
    this.known.set(key, node);
    return node;
  }
}

function keyOf(draft: Draft): string {
  const inputs = draft.inputs.map(({ id }) => id).join();
  switch (draft.kind) {
    case 'number':
      return `n${Object.is(draft.value, -0) ? '-0' : draft.value}`;
    case 'load':
      return `l${draft.place}[${fullKey(draft.at)}]`;
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
  if (draft.kind === 'load') add(draft.at.depends);
  if (draft.kind === 'within') add(draft.index.depends);
  if (draft.kind === 'reduce') {
    depends.delete(draft.variable);
    add(draft.from.depends);
    add(draft.to.depends);
  }
  return depends;
}

/** Visits a node and all that it is made of, inputs first, each once. */
export function visit(
  node: Node,
  see: (node: Node) => void,
  enter: (node: Node) => boolean = () => true,
  done = new Set<Node>(),
): void {
  if (done.has(node)) return;
  done.add(node);
  if (enter(node)) for (const input of node.inputs) visit(input, see, enter, done);
  see(node);
}

/** How many nodes, and roots, use each node of what the roots are made of. */
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
