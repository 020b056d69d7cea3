/** @file Decides the tile of a loop nest: its rows and columns, the order of loops, what is packed. */

import type { Shape } from '../../../tape/shape.ts';
import { bytesPerCell } from '../convention.ts';
import { type Affine, combine, lanesOf, ofAtom, variableAtom } from './affine.ts';
import { laneChoice } from './lanes.ts';
import { type LoadNode, type Node, type ReduceNode, visit } from './node.ts';

/** A value to compute for every thread, and the place that it is stored in. */
export interface Store {
  readonly place: number;
  readonly node: Node;
}

/** One loop nest: what it stores for each of its threads. */
export interface LoopNest {
  readonly threads: Shape;
  readonly stores: readonly Store[];
  /** Its rows read those before them, so they run one after the other. */
  readonly recurrent: boolean;
}

/** A load that reads from a copy of the cells that a block of columns needs. */
export interface Pack {
  readonly load: LoadNode;
  readonly reduce: ReduceNode;
}

export interface Tiling {
  /** Rows and vectors of four columns that are computed together. */
  readonly rows: number;
  readonly columns: number;
  /** Which loop is outside. */
  readonly outer: 'rows' | 'columns';
  readonly packs: readonly Pack[];
}

/** Cells that stay in the first cache while all rows go over them. */
const smallOperand = 24 * 1024;
/** Packing costs a pass over the operand, so it takes some rows to earn it back. */
const fewestPackedRows = 16;
const largestPanel = 256 * 1024;
const narrowestPanel = 32;

/** Columns for which a panel of so many rows fits the second cache. */
export function panelWidth(length: number, x: number): number {
  const width = Math.floor(largestPanel / (length * bytesPerCell) / narrowestPanel);
  const columns = Math.max(1, width) * narrowestPanel;
  return columns >= x ? Math.ceil(x / 4) * 4 : columns;
}

/** Sizes of the thread axes, 1 where there is none. */
export const extentsOf = (threads: Shape) => {
  const [x, y = 1, z = 1] = [...threads].reverse();
  return { x, y, z };
};

/** The address of the thread's own cell. */
export function ownCell(threads: Shape): Affine {
  const { x, y } = extentsOf(threads);
  const strides = { x: 1, y: x, z: x * y };
  const names = (['z', 'y', 'x'] as const).slice(3 - threads.length);
  const used = names.filter((_, axis) => threads[axis] !== 1);
  return combine(used.map((name) => ({ x: ofAtom(variableAtom(name)), by: strides[name] })));
}

/** The reductions of a nest that are not inside of others. */
export function outerReductions(nodes: readonly Node[]): ReduceNode[] {
  const found: ReduceNode[] = [];
  const done = new Set<Node>();
  for (const node of nodes) {
    const see = (seen: Node) => seen.kind === 'reduce' && found.push(seen);
    visit(node, see, (seen) => seen.kind !== 'reduce', done);
  }
  return found;
}

export const loadsOf = (node: Node): LoadNode[] => {
  const loads: LoadNode[] = [];
  visit(node, (seen) => seen.kind === 'load' && loads.push(seen));
  return loads;
};

/**
 * The choice that a nest's value is, if its sums are all on one side of it and do not decide it:
 * where no cell of a tile takes that side, the tile needs no sums.
 */
export function maskedSums({ stores }: LoopNest): (Node & { kind: 'select' }) | undefined {
  const [{ node }] = stores;
  if (stores.length > 1 || node.kind !== 'select') return undefined;
  const [test, yes, no] = node.inputs;
  const masked = test.kind === 'within' && outerReductions([yes]).length > 0;
  return masked && outerReductions([no]).length === 0 ? node : undefined;
}

/** Iterations of a loop whose bounds are known. */
export const fixedCount = ({ from, to }: ReduceNode): number | undefined =>
  from.terms.length === 0 && to.terms.length === 0 ? to.constant - from.constant : undefined;

const isSparse = ({ from, to }: ReduceNode): boolean =>
  from.depends.has('y') || to.depends.has('y');

const tileFrame = { lane: 'x', aligned: true };

export function tilingOf({ threads, stores, recurrent }: LoopNest, blockLength?: number): Tiling {
  const { x, y } = extentsOf(threads);
  const vectors = Math.ceil(x / 4);
  if (recurrent) return { rows: 1, columns: Math.min(8, vectors), outer: 'rows', packs: [] };
  const reductions = outerReductions(stores.map(({ node }) => node));
  if (reductions.length === 0) return { ...elementwise(stores, vectors), outer: 'rows', packs: [] };
  const sparse = reductions.some(isSparse);
  const packs = sparse && vectors > 4 ? [] : reductions.flatMap((r) => packsOf(r, y, blockLength));
  const packed = new Set<Node>(packs.map(({ load }) => load));
  const alongTile = reductions.filter((r) => laneChoice(r, tileFrame, packed) === 'tile');
  const shape = tileShape(alongTile, { sparse, vectors, y });
  const reads = reductions.flatMap((r) => sharedByRows(r).map((load) => ({ load, r })));
  const large = reads.some(({ r }) => r.extent * x * bytesPerCell > smallOperand);
  const columnsOutside = packs.length === 0 && large && !sparse;
  return { ...shape, outer: columnsOutside ? 'columns' : 'rows', packs };
}

/** Several vectors at a time hide the latency of arithmetic; long expressions hide their own. */
function elementwise(stores: readonly Store[], vectors: number) {
  let size = 0;
  const done = new Set<Node>();
  for (const { node } of stores) visit(node, () => size++, undefined, done);
  return { rows: 1, columns: Math.min(vectors, size < 24 ? 2 : 1) };
}

function tileShape(
  alongTile: readonly ReduceNode[],
  { sparse, vectors, y }: { sparse: boolean; vectors: number; y: number },
) {
  if (alongTile.length === 0) return { rows: Math.min(2, y), columns: 1 };
  const jams = alongTile.some((r) => !isSparse(r));
  if (y === 1 || !jams) return { rows: 1, columns: Math.min(8, vectors) };
  const columns = vectors === 4 || (sparse && vectors > 2) ? 4 : Math.min(2, vectors);
  return { rows: Math.min(8 / columns, y), columns };
}

/** Loads of a loop over known bounds that are the same for all rows and differ by column. */
function sharedByRows(reduce: ReduceNode): LoadNode[] {
  if (fixedCount(reduce) === undefined) return [];
  const { variable } = reduce;
  return loadsOf(reduce.body).filter(
    ({ at }) => at.depends.has('x') && at.depends.has(variable) && !at.depends.has('y'),
  );
}

function packsOf(reduce: ReduceNode, y: number, blockLength?: number): Pack[] {
  const count = Math.min(fixedCount(reduce) ?? Number.POSITIVE_INFINITY, blockLength ?? 2 ** 31);
  if (y < fewestPackedRows || count * narrowestPanel * bytesPerCell > largestPanel) return [];
  const allowed = new Set(['x', 'z', reduce.variable]);
  const shared = sharedByRows(reduce).filter(
    ({ at, integer }) => !integer && [...at.depends].every((name) => allowed.has(name)),
  );
  const packed = new Set<Node>(shared);
  if (laneChoice(reduce, tileFrame, packed) !== 'tile') return [];
  return shared.filter((load) => needsPacking(load, reduce)).map((load) => ({ load, reduce }));
}

/** Cells read one by one, or so far apart that each is in another line of the cache. */
function needsPacking({ at }: LoadNode, { variable, extent }: ReduceNode): boolean {
  if (lanesOf(at, 'x', true) !== 'contiguous') return true;
  const stride = at.terms.find(({ atom }) => atom.key === variable)?.by ?? 0;
  return stride * extent * bytesPerCell > smallOperand;
}
