/** @file Compiles a plan to one WebAssembly module and a list of what to call over which ranges. */

import type { Plan } from '../../compile/plan.ts';
import { blockAlignment, bytesPerCell, functionName } from './convention.ts';
import { panelBytes } from './emit/panels.ts';
import { writeNest } from './emit/write-nest.ts';
import { planValues } from './plan/groups.ts';
import { placeByLiveness } from './plan/liveness.ts';
import { type PlannedNest, planNests } from './plan/plan-nests.ts';
import { extentsOf, panelWidth } from './plan/tiling.ts';
import { wasmModule } from './wasm/module.ts';
import { MathFunctions } from './wasm/transcendental.ts';

/** One call for each strip of the axis that is cut, and in each for each part of a sum. */
export interface NestCalls {
  readonly function: string;
  /** The kernels joined in it, for people. */
  readonly name: string;
  readonly extents: { readonly z: number; readonly y: number; readonly x: number };
  readonly cut: 'z' | 'y' | 'x';
  /** Strips are multiples of this. */
  readonly least: number;
  /** The strip of one thread alone. */
  readonly strip: number;
  /** The iterations of a sum that is taken in parts, and those of a part; else 0. */
  readonly parts: { readonly count: number; readonly length: number };
  readonly work: number;
}

export interface CompiledPlan {
  readonly module: Uint8Array<ArrayBuffer>;
  readonly calls: readonly NestCalls[];
  /** Entries of the table of places: inputs, then values. */
  readonly places: number;
  /** Places of the values that stay in the workspace, and where in it. */
  readonly temporaries: readonly { readonly place: number; readonly offset: number }[];
  readonly workspaceBytes: number;
  readonly scratchBytes: number;
  readonly outputs: readonly { readonly place: number; readonly size: number }[];
}

export interface Target {
  /** The memory is shared by threads. */
  readonly shared: boolean;
  /** The engine has relaxed SIMD, and it may be used. */
  readonly relaxed: boolean;
}

export function compilePlan(plan: Plan, { shared, relaxed }: Target): CompiledPlan {
  const values = planValues(plan);
  const { nests, sizes } = planNests(plan, values);
  const math = new MathFunctions();
  let scratchBytes = 0;
  const functions = nests.map((nest, i) => {
    const { packLength, packWidth } = packOf(nest);
    scratchBytes = Math.max(scratchBytes, panelBytes(nest.tiling, packLength, packWidth));
    return writeNest(nest, {
      name: functionName(i),
      tiling: nest.tiling,
      inParts: nest.part !== undefined,
      packLength,
      packWidth,
      relaxed,
      mathFunction: (name) => math.index(name),
    });
  });
  const placed = placeTemporaries(nests, sizes, values.inputs, new Set(values.outputs));
  return {
    module: wasmModule([...math.functions, ...functions], shared),
    calls: nests.map((nest, i) => callsOf(nest, functionName(i))),
    places: values.inputs + sizes.length,
    scratchBytes,
    outputs: values.outputs.map((place) => ({ place, size: sizes[place - values.inputs] })),
    ...placed,
  };
}

function placeTemporaries(
  nests: readonly PlannedNest[],
  sizes: readonly number[],
  inputs: number,
  outputs: ReadonlySet<number>,
) {
  const lives = new Map<number, { from: number; to: number; bytes: number }>();
  nests.forEach(({ stores, reads }, i) => {
    for (const { place } of stores) {
      if (outputs.has(place)) continue;
      lives.set(place, { from: i, to: i, bytes: sizes[place - inputs] * bytesPerCell });
    }
    for (const place of reads) {
      const life = lives.get(place);
      if (life) life.to = i;
    }
  });
  const { offsets, total } = placeByLiveness([...lives.values()], blockAlignment);
  const temporaries = [...lives.keys()].map((place, i) => ({ place, offset: offsets[i] }));
  return { temporaries, workspaceBytes: total };
}

/** Work of one call, in cells computed or loaded: less than a millisecond to a few. */
const workOfStrip = 32e6;
/** Columns of a strip: two lines of the cache. */
const leastColumns = 32;
/** Rows of a strip for which a panel is packed anew. */
const leastPackedRows = 128;
/** With fewer strips of rows threads would wait for each other. */
const fewestStrips = 8;

/**
 * V8 replaces code by better code only between calls, so that one long call would run in its first
 * tier to the end. Strips are multiples of the tile.
 */
function callsOf(nest: PlannedNest, name: string): NestCalls {
  const extents = extentsOf(nest.threads);
  const { tiling, part } = nest;
  const cut = cutOf(nest);
  const packed = tiling.packs.length > 0;
  const rows = packed || tiling.outer === 'columns' ? leastPackedRows : tiling.rows;
  const least = { z: 1, y: rows, x: Math.max(leastColumns, 4 * tiling.columns) }[cut];
  const parts = part ?? { count: 0, length: 0 };
  const calls = part ? Math.ceil(part.count / part.length) : 1;
  const perLine = nest.work / calls / extents[cut];
  const even = Math.max(1, Math.floor(workOfStrip / perLine / least)) * least;
  const strip = packed && cut === 'x' ? Math.min(even, packOf(nest).packWidth) : even;
  return { function: name, name: nest.name, extents, cut, least, strip, parts, work: nest.work };
}

/** The axis that strips are cut from. A panel is packed for each strip: cut rows pack it again. */
function cutOf(nest: PlannedNest): NestCalls['cut'] {
  const { x, y, z } = extentsOf(nest.threads);
  const { packs, outer } = nest.tiling;
  if (z > 1 || nest.recurrent) return 'z';
  if (y === 1) return 'x';
  if (packs.length === 0) return outer === 'columns' && isWide({ x, y }) ? 'x' : 'y';
  if (packOf(nest).packWidth < x) return 'x';
  const [rows, columns] = [y / leastPackedRows, x / leastColumns];
  return rows < fewestStrips && rows < columns ? 'x' : 'y';
}

const isWide = ({ x, y }: { x: number; y: number }): boolean =>
  x >= 4 * leastColumns || y < 2 * leastPackedRows;

function packOf({ tiling, part, threads }: PlannedNest) {
  const { packs } = tiling;
  if (packs.length === 0) return { packLength: 0, packWidth: 0 };
  const longest = Math.max(...packs.map(({ reduce }) => reduce.extent));
  const packLength = Math.min(longest, part?.length ?? longest);
  const { x, z } = extentsOf(threads);
  // Strips of a batch are not cut by columns too: their panels hold all of them.
  const packWidth = z > 1 ? Math.ceil(x / 4) * 4 : panelWidth(packLength * packs.length, x);
  return { packLength, packWidth };
}
