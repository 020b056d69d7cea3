/** @file Buffers of the gpu.js devices: numbers on the host, or a texture or buffer of the GPU. */

import { type DeviceBuffer, DeviceError } from '../device.ts';

/** A texture or storage buffer of gpu.js; `toArray` copies it to the host. */
export interface Handle {
  toArray(): unknown;
  delete?(): void;
}

/** Numbers on the host, all of them f32, index buffers too, or the handle of those on the GPU. */
export interface GpujsBuffer extends DeviceBuffer {
  readonly size: number;
  readonly data: Float32Array | null;
  readonly handle: Handle | null;
}

/**
 * The buffers of a device that are not freed yet. Guard: GL textures are never collected, so each
 * must be deleted, at the latest when the device is disposed of.
 */
export class BufferPool {
  private readonly allocated = new Set<GpujsBuffer>();

  get count(): number {
    return this.allocated.size;
  }

  add(size: number, storage: { data: Float32Array } | { handle: Handle }): GpujsBuffer {
    const buffer: GpujsBuffer = { size, data: null, handle: null, ...storage };
    this.allocated.add(buffer);
    return buffer;
  }

  /** A buffer without cells, which is on the host in every mode: no GPU has one. */
  empty(): GpujsBuffer {
    return this.add(0, { data: new Float32Array(0) });
  }

  /** Throws a DeviceError for a buffer that was freed: its texture may hold other numbers now. */
  expectAllocated(buffer: GpujsBuffer): void {
    if (!this.allocated.has(buffer))
      throw new DeviceError('a tensor is used after its memory was released');
  }

  free(buffer: GpujsBuffer): void {
    if (this.allocated.delete(buffer)) buffer.handle?.delete?.();
  }

  freeAll(): void {
    for (const buffer of this.allocated) this.free(buffer);
  }
}

/** A result of gpu.js, nested by rows, as flat numbers. Rows of one buffer are not copied. */
export function flatResult(result: unknown, size: number): Float32Array {
  if (result instanceof Float32Array) return result;
  const rows = (result as unknown[]).flat(2) as Float32Array[];
  const [first] = rows;
  const oneBuffer =
    first.byteOffset + size * 4 <= first.buffer.byteLength &&
    rows.every(
      (row, i) =>
        row.buffer === first.buffer && row.byteOffset === first.byteOffset + i * first.byteLength,
    );
  if (oneBuffer) return new Float32Array(first.buffer, first.byteOffset, size);
  const flat = new Float32Array(size);
  rows.forEach((row, i) => {
    flat.set(row, i * first.length);
  });
  return flat;
}
