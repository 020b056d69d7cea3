/** @file The memory of the device: blocks taken from and given back to one WebAssembly memory. */

import { DeviceError } from '../device.ts';
import { maxPages } from './wasm-module.ts';

const pageBytes = 65536;
/** Blocks start at lines of the cache. */
export const blockAlignment = 64;
/** Vectors are read up to three cells beyond the last block. */
const guardBytes = 64;
/** The memory grows by at least this, and by an eighth of what it holds. */
const leastGrowth = 16 * 1024 * 1024;

const roundUp = (bytes: number): number =>
  Math.max(1, Math.ceil(bytes / blockAlignment)) * blockAlignment;

interface Block {
  at: number;
  bytes: number;
}

export const showBytes = (bytes: number): string =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(0)} MB`;

export interface ArenaOptions {
  readonly shared: boolean;
  /** Bytes that may be held at most; default and upper limit 4 GiB. */
  readonly limit?: number;
}

/**
 * Blocks by first fit, joined with free neighbours when given back. Addresses stay valid when the
 * memory grows, typed arrays over it do not: ask for a view each time.
 */
export class Arena {
  readonly memory: WebAssembly.Memory;
  private readonly taken = new Map<number, number>();
  /** Free blocks by address; no two are neighbours. */
  private free: Block[] = [];
  private end: number;
  private heldBytes = 0;

  constructor(private readonly options: ArenaOptions) {
    const { shared } = options;
    this.memory = new WebAssembly.Memory(
      shared ? { initial: 16, maximum: maxPages, shared } : { initial: 16 },
    );
    // Address 0 is left out: it is what an unset entry of a table would be.
    this.end = blockAlignment;
  }

  /** Bytes of the blocks that are taken. */
  get held(): number {
    return this.heldBytes;
  }

  private get limit(): number {
    return Math.min(this.options.limit ?? maxPages * pageBytes, maxPages * pageBytes);
  }

  allocate(bytes: number): number {
    const size = roundUp(bytes);
    const i = this.free.findIndex((block) => block.bytes >= size);
    let at: number;
    if (i >= 0) {
      const block = this.free[i];
      at = block.at;
      if (block.bytes === size) this.free.splice(i, 1);
      else {
        block.at += size;
        block.bytes -= size;
      }
    } else at = this.extend(size);
    this.taken.set(at, size);
    this.heldBytes += size;
    return at;
  }

  /** Takes a block at the end, growing the memory if it must. */
  private extend(size: number): number {
    const last = this.free.at(-1);
    const joins = last !== undefined && last.at + last.bytes === this.end;
    const at = joins ? last.at : this.end;
    this.reserve(at + size, size);
    if (joins) this.free.pop();
    this.end = at + size;
    return at;
  }

  private reserve(end: number, size: number): void {
    const { limit } = this;
    if (end + guardBytes > limit) throw this.full(size);
    const there = this.memory.buffer.byteLength;
    if (end + guardBytes <= there) return;
    const least = end + guardBytes - there;
    const wanted = Math.min(Math.max(least, leastGrowth, there / 8), limit - there);
    for (const bytes of [wanted, least]) {
      try {
        this.memory.grow(Math.ceil(bytes / pageBytes));
        return;
      } catch {
        // The system has no more of it: try with what is needed alone.
      }
    }
    throw this.full(size);
  }

  private full(size: number): DeviceError {
    const free = this.free.reduce(
      (most, { bytes }) => Math.max(most, bytes),
      this.limit - this.end,
    );
    return new DeviceError(
      `simd: ${showBytes(size)} more do not fit: ${showBytes(this.heldBytes)} of at most ` +
        `${showBytes(this.limit)} are in use and ${showBytes(Math.max(free, 0))} are free in one ` +
        'piece; hold fewer states (exact with checkpoints), or use smaller batches or blocks',
    );
  }

  release(at: number): void {
    const bytes = this.taken.get(at);
    if (bytes === undefined) throw new Error(`internal: no block at ${at} is taken`);
    this.taken.delete(at);
    this.heldBytes -= bytes;
    let low = 0;
    let high = this.free.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.free[middle].at < at) low = middle + 1;
      else high = middle;
    }
    this.free.splice(low, 0, { at, bytes });
    this.join(low);
    if (low > 0) this.join(low - 1);
  }

  /** Joins a free block with the next if they touch. */
  private join(i: number): void {
    const [block, next] = [this.free[i], this.free[i + 1]];
    if (!next || block.at + block.bytes !== next.at) return;
    block.bytes += next.bytes;
    this.free.splice(i + 1, 1);
  }

  floats(at: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, at, length);
  }

  integers(at: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, at, length);
  }
}
