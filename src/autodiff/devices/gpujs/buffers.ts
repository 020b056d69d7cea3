/** @file Buffers of the gpu.js devices: numbers on the host, or a texture or buffer on the GPU. */

import { type DeviceBuffer, DeviceError } from '../device.ts';

/** A texture or storage buffer of gpu.js. */
export interface Handle {
  toArray(): unknown;
  delete?(): void;
}

/** Numbers on the host (f32, index buffers too), or a handle where they are on the GPU. */
export interface GpujsBuffer extends DeviceBuffer {
  readonly size: number;
  readonly data: Float32Array | null;
  readonly handle: Handle | null;
}

/** The buffers of a device that were neither freed nor lost with it. */
export class BufferPool {
  private readonly live = new Set<GpujsBuffer>();

  get count(): number {
    return this.live.size;
  }

  hold(size: number, at: { data: Float32Array } | { handle: Handle }): GpujsBuffer {
    const buffer: GpujsBuffer = { size, data: null, handle: null, ...at };
    this.live.add(buffer);
    return buffer;
  }

  expectLive(buffer: GpujsBuffer): void {
    if (!this.live.has(buffer)) throw new DeviceError('internal: a buffer is used after its end');
  }

  free(buffer: GpujsBuffer): void {
    if (this.live.delete(buffer)) buffer.handle?.delete?.();
  }

  freeAll(): void {
    for (const buffer of this.live) this.free(buffer);
  }
}

/** A result of gpu.js, nested by rows, as flat numbers; rows that are views of one are not copied. */
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
