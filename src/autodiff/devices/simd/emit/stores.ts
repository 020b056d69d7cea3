/** @file Writes the stores of a tile, and loads what earlier parts of a sum have stored. */

import { parameter } from '../convention.ts';
import { type Affine, shifted } from '../plan/affine.ts';
import type { Store } from '../plan/nest.ts';
import { type } from '../wasm/module.ts';
import {
  i32Const,
  localGet,
  localSet,
  op,
  storeHalf,
  storeLane,
  v128Load,
  v128Store,
} from '../wasm/opcodes.ts';
import type { Frame } from './frame.ts';
import { type KernelContext, pushValue } from './vector-code.ts';

/** Stores a value for the cells of a frame; `cell` is the address of a thread's cell. */
export function writeStore(
  context: KernelContext,
  { slot, node }: Store,
  cell: Affine,
  frame: Frame,
): void {
  const { writer, addresses } = context;
  const address = shifted(cell, frame.offsets);
  if (frame.count === 4) {
    const offset = addresses.pointer(slot, address);
    pushValue(context, node, frame);
    writer.emit(v128Store(offset));
    return;
  }
  pushValue(context, node, frame);
  const value = writer.local(type.v128);
  writer.emit(localSet(value));
  const lanes = (write: (offset: number) => number[]) => {
    const offset = addresses.pointer(slot, address);
    writer.emit(localGet(value), write(offset));
  };
  if (frame.count > 1) lanes(storeHalf);
  if (frame.count === 2) return;
  const lane = frame.count - 1;
  lanes((offset) => storeLane(offset + 4 * lane, lane));
}

/** Loads what the parts before have summed up, or 0 in the first part; returns its local. */
export function resumeSum(
  { writer, addresses }: KernelContext,
  slot: number,
  cell: Affine,
  frame: Frame,
): number {
  const local = writer.local(type.v128);
  writer.emit(v128Load(addresses.pointer(slot, shifted(cell, frame.offsets))));
  writer.once('resumes', 0, type.v128, () => {
    const isLater = [...localGet(parameter.k[0]), ...i32Const(0), ...op.i32Ne];
    writer.emit(i32Const(0), isLater, op.i32Sub, op.i32x4Splat);
  });
  writer.emit(op.v128And, localSet(local));
  return local;
}
