/** @file A grid: cells with all that they take, in an order in which they can run. */

import { UserError } from '../errors.ts';
import { type Cell, describeCell, shortId } from './cell.ts';

/** What the order of a graph depends on. */
export interface GraphNode {
  readonly id: string;
  /** The ids of its inputs, by name. */
  readonly inputs: { readonly [name: string]: string };
}

/**
 * The nodes in an order in which each comes after its inputs, and otherwise as given. Throws a
 * UserError that names an input that is not among the nodes, or the nodes of a cycle. `label` is
 * what errors call a node.
 */
export function inOrder<Node extends GraphNode>(
  nodes: Iterable<Node>,
  label: (node: Node) => string,
): Node[] {
  const byId = new Map<string, Node>();
  for (const node of nodes) if (!byId.has(node.id)) byId.set(node.id, node);
  // A set keeps the order of insertion, and a node is inserted after its inputs.
  const ordered = new Set<Node>();
  const open: Node[] = [];
  const visit = (node: Node): void => {
    if (ordered.has(node)) return;
    const met = open.indexOf(node);
    if (met >= 0) {
      const cycle = [...open.slice(met), node].map(label).join(' -> ');
      throw new UserError(`cells take results of one another in a circle: ${cycle}`);
    }
    open.push(node);
    for (const [name, id] of Object.entries(node.inputs)) {
      const input = byId.get(id);
      if (input) visit(input);
      else {
        throw new UserError(
          `${label(node)} takes ${name} from cell ${id}, which is not in the grid: add that cell`,
        );
      }
    }
    open.pop();
    ordered.add(node);
  };
  for (const node of byId.values()) visit(node);
  return [...ordered];
}

/** A cell as errors name it. */
export const labelOf = (cell: Cell): string =>
  `${cell.kind.name} ${shortId(cell.id)} (${describeCell(cell)})`;

/** Cells and all that they take, each once, inputs first. */
export class Grid {
  /** In an order in which they can run: depth first, in the order in which they were given. */
  readonly cells: readonly Cell[];
  private readonly byId: ReadonlyMap<string, Cell>;

  /** Throws a UserError if a cell takes another one that is not there, or in a circle. */
  constructor(cells: Iterable<Cell>) {
    this.cells = inOrder(cells, labelOf);
    this.byId = new Map(this.cells.map((cell) => [cell.id, cell]));
  }

  /** The cell with an id, or with one that begins so. Throws a UserError if it is not exactly one. */
  find(id: string): Cell {
    const exact = this.byId.get(id);
    if (exact) return exact;
    const found = id === '' ? [] : this.cells.filter((cell) => cell.id.startsWith(id));
    if (found.length === 1) return found[0];
    if (found.length === 0) throw new UserError(`no cell of this grid has the id ${id}`);
    throw new UserError(`${found.length} cells have ids that begin with ${id}: give more digits`);
  }

  /** The cells that a cell takes, by name. */
  inputsOf(cell: Cell): { readonly [name: string]: Cell } {
    const entries = Object.entries(cell.inputs).map(([name, id]) => [name, this.find(id)]);
    return Object.fromEntries(entries);
  }
}
