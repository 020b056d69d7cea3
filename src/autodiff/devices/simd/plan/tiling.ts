/** @file Decides the tile of a nest: its rows and vectors, the order of loops, what is packed. */

import { bytesPerCell } from '../convention.ts';
import {
  fewestPackedRows,
  largestPanel,
  maxAccumulators,
  narrowestPanel,
  shortExpression,
  smallOperand,
} from '../tuning.ts';
import { lanesOf } from './lane-analysis.ts';
import { laneChoice } from './lane-choice.ts';
import {
  extentsOf,
  fixedCount,
  isSparse,
  type LoopNest,
  loadsOf,
  outerReductions,
  type Store,
} from './nest.ts';
import { type LoadNode, type Node, type ReduceNode, visit } from './node.ts';

/** A load that reads from a panel: a copy of the cells that a block of columns needs. */
export interface Pack {
  readonly load: LoadNode;
  readonly reduce: ReduceNode;
}

/** The cells that are computed together, `rows` by `4 * vectors`, and the order of tiles. */
export interface Tiling {
  readonly rows: number;
  readonly vectors: number;
  /** Which loop is outside. */
  readonly outer: 'rows' | 'columns';
  readonly packs: readonly Pack[];
  /** Iterations and columns that each panel holds; 0 without packs. */
  readonly panel: { readonly length: number; readonly width: number };
}

/** The lanes of a tile, which starts at a multiple of four columns. */
export const tileAxis = { lane: 'x', aligned: true } as const;

const noPacks = { packs: [], panel: { length: 0, width: 0 } };

/** The tiling of a nest; `partLength` is given if its sum is taken in parts. */
export function tilingOf(nest: LoopNest, partLength?: number): Tiling {
  const { threads, stores } = nest;
  const { x, y } = extentsOf(threads);
  const vectors = Math.ceil(x / 4);
  const oneRow = Math.min(maxAccumulators, vectors);
  if (nest.recurrent) return { rows: 1, vectors: oneRow, outer: 'rows', ...noPacks };
  const reductions = outerReductions(stores.map(({ node }) => node));
  if (reductions.length === 0) {
    return { rows: 1, vectors: elementwiseVectors(stores, vectors), outer: 'rows', ...noPacks };
  }
  const sparse = reductions.some(isSparse);
  const packs = sparse && vectors > 4 ? [] : reductions.flatMap((r) => packsOf(r, y, partLength));
  const packed = new Set<Node>(packs.map(({ load }) => load));
  const alongTile = reductions.filter((r) => laneChoice(r, tileAxis, packed) === 'tile');
  const shape = tileShape(alongTile, { sparse, vectors, y });
  const large = reductions.some(
    (r) => sharedByRows(r).length > 0 && r.extent * x * bytesPerCell > smallOperand,
  );
  if (packs.length > 0) {
    return { ...shape, outer: 'rows', packs, panel: panelOf(packs, nest, partLength) };
  }
  return { ...shape, outer: large && !sparse ? 'columns' : 'rows', ...noPacks };
}

/** Several vectors at a time hide the latency of arithmetic; long expressions hide their own. */
function elementwiseVectors(stores: readonly Store[], vectors: number): number {
  let size = 0;
  const done = new Set<Node>();
  for (const { node } of stores) visit(node, () => size++, undefined, done);
  return Math.min(vectors, size < shortExpression ? 2 : 1);
}

function tileShape(
  alongTile: readonly ReduceNode[],
  { sparse, vectors, y }: { sparse: boolean; vectors: number; y: number },
) {
  if (alongTile.length === 0) return { rows: Math.min(2, y), vectors: 1 };
  if (y === 1 || alongTile.every(isSparse)) {
    return { rows: 1, vectors: Math.min(maxAccumulators, vectors) };
  }
  const wide = vectors === 4 || (sparse && vectors > 2) ? 4 : Math.min(2, vectors);
  return { rows: Math.min(maxAccumulators / wide, y), vectors: wide };
}

/** Loads of a loop over known bounds that are the same for all rows and differ by column. */
function sharedByRows(reduce: ReduceNode): LoadNode[] {
  if (fixedCount(reduce) === undefined) return [];
  const { variable } = reduce;
  return loadsOf(reduce.body).filter(
    ({ address: { depends } }) => depends.has('x') && depends.has(variable) && !depends.has('y'),
  );
}

function packsOf(reduce: ReduceNode, y: number, partLength = Number.POSITIVE_INFINITY): Pack[] {
  const count = Math.min(fixedCount(reduce) ?? Number.POSITIVE_INFINITY, partLength);
  if (y < fewestPackedRows || count * narrowestPanel * bytesPerCell > largestPanel) return [];
  const allowed = new Set(['x', 'z', reduce.variable]);
  const shared = sharedByRows(reduce).filter(
    ({ address, integer }) => !integer && [...address.depends].every((name) => allowed.has(name)),
  );
  if (laneChoice(reduce, tileAxis, new Set<Node>(shared)) !== 'tile') return [];
  return shared.filter((load) => needsPacking(load, reduce)).map((load) => ({ load, reduce }));
}

/** Cells that are read one by one, or so far apart that each is in another line of the cache. */
function needsPacking({ address }: LoadNode, { variable, extent }: ReduceNode): boolean {
  if (lanesOf(address, tileAxis) !== 'contiguous') return true;
  const stride = address.terms.find(({ atom }) => atom.key === variable)?.by ?? 0;
  return stride * extent * bytesPerCell > smallOperand;
}

function panelOf(packs: readonly Pack[], { threads }: LoopNest, partLength?: number) {
  const { x, z } = extentsOf(threads);
  const longest = Math.max(...packs.map(({ reduce }) => reduce.extent));
  const length = Math.min(longest, partLength ?? longest);
  // Strips of a batch are not cut by columns too: their panels hold all of them.
  const width = z > 1 ? Math.ceil(x / 4) * 4 : panelWidth(length * packs.length, x);
  return { length, width };
}

/** Columns for which panels of so many rows fit the second cache. */
function panelWidth(length: number, x: number): number {
  const blocks = Math.floor(largestPanel / (length * bytesPerCell) / narrowestPanel);
  const columns = Math.max(1, blocks) * narrowestPanel;
  return columns >= x ? Math.ceil(x / 4) * 4 : columns;
}
