/** @file Packed panels: where the scratch memory holds the copied cells of a strip of columns. */

import { bound, bytesPerCell } from '../convention.ts';
import { combine, constant, variable } from '../plan/affine.ts';
import type { Pack, Tiling } from '../plan/tiling.ts';
import { type } from '../wasm/module.ts';
import { localSet, v128Store } from '../wasm/opcodes.ts';
import { scratchSlot } from './addresses.ts';
import type { Frame, Packed } from './frame.ts';
import { writeLoop } from './loops.ts';
import { type KernelContext, pushValue } from './vector-code.ts';

/** The panel of each pack, for a block of so many vectors of columns. */
export const panelsOf = ({ packs, panel }: Tiling, vectors: number): [Pack, Packed][] =>
  packs.map((pack, i) => {
    const start = i * panel.length * panel.width;
    return [pack, panelAt(pack, { vectors, start, length: panel.length })];
  });

/**
 * The address of a vector of a panel. The vectors of a block of columns are side by side for one
 * step of the loop, then those for the next step, then the next block of columns.
 */
function panelAt(
  { reduce }: Pack,
  { vectors, start, length }: { vectors: number; start: number; length: number },
): Packed {
  const step = 4 * vectors;
  return (x) =>
    combine([
      { x: variable('x'), by: length },
      { x: variable(bound.stripFrom), by: -length },
      { x: variable(reduce.variable), by: step },
      { x: reduce.from, by: -step },
      { x: constant(start + x), by: 1 },
    ]);
}

/** Bytes of scratch memory that the panels of a nest take. */
export const panelBytes = ({ packs, panel }: Tiling): number =>
  packs.length * panel.length * panel.width * bytesPerCell;

/** Copies the cells of a packed load to its panel, for the vectors of a block of columns. */
export function copyPanel(
  context: KernelContext,
  { load, reduce }: Pack,
  panel: Packed,
  frames: readonly Frame[],
): void {
  const { writer, addresses } = context;
  const variable = writer.local(type.i32);
  const [from, to] = [reduce.from, reduce.to].map((x) => {
    const local = writer.local(type.i32);
    addresses.integer(x);
    writer.emit(localSet(local));
    return { local, constant: 0 };
  });
  writeLoop(writer, { name: reduce.variable, variable, from, to, step: 1 }, () => {
    for (const frame of frames) {
      const offset = addresses.pointer(scratchSlot, panel(frame.offsets.get('x') ?? 0));
      pushValue(context, load, frame);
      writer.emit(v128Store(offset));
    }
  });
}
