/** @file Decides how the threads of a nest are cut into strips, each of which is one call. */

import type { Axis } from '../convention.ts';
import { fewestStrips, leastColumns, leastPackedRows, workOfStrip } from '../tuning.ts';
import { extentsOf } from './nest.ts';
import type { Parts, PlannedNest } from './plan-nests.ts';

/** One call for each strip of the axis that is cut, and in each for each part of a sum. */
export interface NestCalls {
  /** The kernels joined in it, for people. */
  readonly name: string;
  readonly extents: { readonly [axis in Axis]: number };
  readonly cut: Axis;
  /** Strips are multiples of this. */
  readonly least: number;
  /** The strip of one thread alone. */
  readonly strip: number;
  /** The iterations of a sum and those of a part; 1 and 1 where nothing is taken in parts. */
  readonly parts: Parts;
  /** Loads and arithmetic of all calls, roughly. */
  readonly work: number;
}

/** How a nest without a sum in parts is called. */
export const onePart: Parts = { count: 1, length: 1 };

/**
 * The calls of a nest. V8 replaces code by better code only between calls, so that one long call
 * would run in its first tier to the end.
 */
export function callsOf(nest: PlannedNest): NestCalls {
  const { tiling, name, work, parts = onePart } = nest;
  const extents = extentsOf(nest.threads);
  const cut = cutOf(nest);
  const packed = tiling.packs.length > 0;
  const rows = packed || tiling.outer === 'columns' ? leastPackedRows : tiling.rows;
  const least = { z: 1, y: rows, x: Math.max(leastColumns, 4 * tiling.vectors) }[cut];
  const workOfLine = work / Math.ceil(parts.count / parts.length) / extents[cut];
  const even = Math.max(1, Math.floor(workOfStrip / workOfLine / least)) * least;
  const strip = packed && cut === 'x' ? Math.min(even, tiling.panel.width) : even;
  return { name, extents, cut, least, strip, parts, work };
}

/** The axis that is cut. Panels are packed for each strip, so strips of rows pack them again. */
function cutOf({ threads, tiling, recurrent }: PlannedNest): Axis {
  const { x, y, z } = extentsOf(threads);
  const { packs, outer, panel } = tiling;
  if (z > 1 || recurrent) return 'z';
  if (y === 1) return 'x';
  if (packs.length === 0) return outer === 'columns' && isWide({ x, y }) ? 'x' : 'y';
  if (panel.width < x) return 'x';
  const [rows, columns] = [y / leastPackedRows, x / leastColumns];
  return rows < fewestStrips && rows < columns ? 'x' : 'y';
}

const isWide = ({ x, y }: { x: number; y: number }): boolean =>
  x >= 4 * leastColumns || y < 2 * leastPackedRows;
