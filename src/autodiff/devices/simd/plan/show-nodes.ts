/** @file Nodes and addresses as text, for people. */

import type { Affine, Atom } from './affine.ts';
import { countUses, type Node, type ReduceNode, visit } from './node.ts';

/** What a slot is called. */
export type SlotName = (slot: number) => string;

/** An address: `16*y + x + 3`. */
export function showAddress({ terms, constant }: Affine, nameOf: SlotName): string {
  const shown = terms.map(({ atom, by }) => {
    const text = showAtom(atom, nameOf);
    return by === 1 ? text : by === -1 ? `-${text}` : `${by}*${text}`;
  });
  if (constant !== 0 || shown.length === 0) shown.push(`${constant}`);
  return shown.join(' + ').replaceAll('+ -', '- ');
}

function showAtom(atom: Atom, nameOf: SlotName): string {
  switch (atom.kind) {
    case 'variable':
      return atom.name;
    case 'entry':
      return `${nameOf(atom.slot)}[${showAddress(atom.address, nameOf)}]`;
    case 'clamp':
      return `clamp(${showAddress(atom.x, nameOf)}, ${atom.first}, ${atom.last})`;
    default:
      return `(${showAddress(atom.x, nameOf)} ${atom.kind} ${atom.by})`;
  }
}

/** A value that has a line of its own: what later lines call it, and what it is. */
export interface NamedValue {
  readonly name: string;
  readonly node: Node;
  readonly text: string;
}

const operators: Partial<Record<string, string>> = {
  add: '+',
  sub: '-',
  mul: '*',
  div: '/',
  less: '<',
  lessEqual: '<=',
  equal: '==',
};

/** Shows values line by line: reductions, and what is used more than once, get names. */
export class NodePrinter {
  readonly lines: NamedValue[] = [];
  private readonly names = new Map<Node, string>();
  private readonly uses: ReadonlyMap<Node, number>;

  constructor(
    roots: readonly Node[],
    private readonly nameOf: SlotName,
  ) {
    this.uses = countUses(roots);
    for (const root of roots) visit(root, (node) => this.define(node));
  }

  private define(node: Node): void {
    if (this.names.has(node)) return;
    const shared = node.inputs.length > 0 && (this.uses.get(node) ?? 0) > 1;
    if (node.kind !== 'reduce' && !shared) return;
    const text = this.compose(node);
    const name = `t${this.names.size}`;
    this.names.set(node, name);
    this.lines.push({ name, node, text });
  }

  /** The value as an expression of loads and of named values. */
  show(node: Node): string {
    return this.names.get(node) ?? this.compose(node);
  }

  private compose(node: Node): string {
    const inputs = node.inputs.map((input) => this.show(input));
    switch (node.kind) {
      case 'number':
        return `${node.value}`;
      case 'load':
        return `${this.nameOf(node.slot)}[${showAddress(node.address, this.nameOf)}]`;
      case 'unary':
        return `${node.fn}(${inputs[0]})`;
      case 'binary': {
        const operator = operators[node.fn];
        return operator ? `(${inputs.join(` ${operator} `)})` : `${node.fn}(${inputs.join(', ')})`;
      }
      case 'select':
        return `(${inputs[0]} ? ${inputs[1]} : ${inputs[2]})`;
      case 'within':
        return `(${node.from} <= ${showAddress(node.index, this.nameOf)} < ${node.to})`;
      case 'reduce':
        return `${node.fn} over ${this.range(node)} of ${inputs[0]}`;
    }
  }

  private range({ variable, from, to }: ReduceNode): string {
    const [first, last] = [from, to].map((bound) => showAddress(bound, this.nameOf));
    return first === '0' ? `${variable} < ${last}` : `${first} <= ${variable} < ${last}`;
  }
}
