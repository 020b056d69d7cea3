/** @file The buffers of the device: numbers in blocks of the arena. */

import type { HostArray, Kind } from '../../../tape/tensor.ts';
import { type DeviceBuffer, DeviceError } from '../../device.ts';
import { bytesPerCell } from '../convention.ts';
import type { Arena } from './arena.ts';

/** Cells in the arena. */
export interface ArenaBuffer extends DeviceBuffer {
  readonly kind: Kind;
  /** The address, or -1 once freed. */
  address: number;
}

/** A buffer of so many cells, which hold anything; throws a DeviceError if they do not fit. */
export const newBuffer = (arena: Arena, size: number, kind: Kind): ArenaBuffer => ({
  size,
  kind,
  address: arena.allocate(size * bytesPerCell),
});

/** The address of a buffer; throws a DeviceError if it was freed. */
export function addressOf({ address }: ArenaBuffer): number {
  if (address < 0) throw new DeviceError('simd: a value is used after it was released');
  return address;
}

/** A view of the cells of a buffer, until the memory grows. */
function cellsOf(arena: Arena, buffer: ArenaBuffer): Float32Array | Int32Array {
  const { size, kind } = buffer;
  const address = addressOf(buffer);
  return kind === 'index' ? arena.integers(address, size) : arena.floats(address, size);
}

/** Copies numbers to a new buffer; real ones are rounded to f32. */
export function upload(arena: Arena, data: HostArray, kind: Kind): ArenaBuffer {
  const buffer = newBuffer(arena, data.length, kind);
  cellsOf(arena, buffer).set(data);
  return buffer;
}

/** A copy of the numbers of a buffer. */
export const read = (arena: Arena, buffer: ArenaBuffer): Float32Array | Int32Array =>
  cellsOf(arena, buffer).slice();

/** Gives the block of a buffer back; does nothing the second time. */
export function free(arena: Arena, buffer: ArenaBuffer): void {
  if (buffer.address < 0) return;
  arena.release(buffer.address);
  buffer.address = -1;
}
