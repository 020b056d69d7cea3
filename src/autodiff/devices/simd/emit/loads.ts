/** @file Writes what depends on addresses lane by lane: loads, and masks of ranges. */

import { type Affine, shifted } from '../plan/affine.ts';
import { laneCoefficient, lanesOf, unclampedLanes } from '../plan/lane-analysis.ts';
import type { LoadNode, Node } from '../plan/node.ts';
import { type } from '../wasm/module.ts';
import {
  i32Const,
  integers,
  loadFirst,
  loadLane,
  loadSplat,
  localGet,
  localSet,
  op,
  replaceIntegerLane,
  v128Load,
} from '../wasm/opcodes.ts';
import { type Addresses, scratchSlot } from './addresses.ts';
import type { Frame } from './frame.ts';
import type { FunctionWriter } from './function-writer.ts';

interface Context {
  readonly writer: FunctionWriter;
  readonly addresses: Addresses;
}

/** Pushes the cells that a load reads in a frame. */
export function pushLoad(context: Context, node: LoadNode, frame: Frame): void {
  const { writer, addresses } = context;
  const { lane, offsets, tile } = frame;
  const packed = lane === 'x' ? tile.packed.get(node) : undefined;
  if (packed) {
    writer.emit(v128Load(addresses.pointer(scratchSlot, packed(offsets.get('x') ?? 0))));
    return;
  }
  const address = shifted(node.address, offsets);
  const lanes = lanesOf(address, frame);
  if (lane === null || lanes === 'uniform') {
    writer.emit(loadSplat(addresses.pointer(node.slot, address)));
  } else if (lanes === 'contiguous') {
    writer.emit(v128Load(addresses.pointer(node.slot, unclampedLanes(address, lane))));
  } else pushScattered(context, node.slot, address, { lane, count: frame.count });
  if (node.integer) writer.emit(op.f32x4ConvertI32x4S);
}

/** Loads cells one by one; lanes beyond the count are left 0. */
function pushScattered(
  { writer, addresses }: Context,
  slot: number,
  address: Affine,
  { lane, count }: { lane: string; count: number },
): void {
  const result = writer.local(type.v128);
  for (let i = 0; i < count; i++) {
    const offset = addresses.pointer(slot, shifted(address, new Map([[lane, i]])));
    if (i === 0) writer.emit(loadFirst(offset));
    else writer.emit(localGet(result), loadLane(offset, i));
    writer.emit(localSet(result));
  }
  writer.emit(localGet(result));
}

/** Pushes a mask of the lanes whose index is within the range of the node. */
export function pushWithin(
  { writer, addresses }: Context,
  { index, from, to }: Node & { kind: 'within' },
  { lane, aligned, count, offsets }: Frame,
): void {
  const address = shifted(index, offsets);
  const step = lane === null ? 0 : laneCoefficient(address, lane, aligned);
  // Below zero is far above as an unsigned number, so one comparison does.
  const low = { ...address, constant: address.constant - from };
  if (lane === null || step === 0) {
    writer.emit(i32Const(0));
    addresses.integer(low);
    writer.emit(i32Const(to - from), op.i32LtU, op.i32Sub, op.i32x4Splat);
    return;
  }
  if (step !== null) {
    addresses.integer(low);
    writer.emit(op.i32x4Splat, integers([0, step, 2 * step, 3 * step]), op.i32x4Add);
  } else {
    writer.emit(integers([0, 0, 0, 0]));
    for (let i = 0; i < count; i++) {
      addresses.integer(shifted(low, new Map([[lane, i]])));
      writer.emit(replaceIntegerLane(i));
    }
  }
  writer.emit(integers([0, 0, 0, 0].fill(to - from)), op.i32x4LtU);
}
