/** @file The memory of the device: blocks taken from and given back to one WebAssembly memory. */

import { DeviceError } from '../../device.ts';
import { blockAlignment } from '../convention.ts';
import { leastGrowth, slabBytes, smallBytes } from '../tuning.ts';
import { maxPages } from '../wasm/module.ts';

const pageBytes = 65536;
/** Vectors are read up to three cells beyond the last block. */
const guardBytes = 64;

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

/** Free blocks by address, of which no two are neighbours. */
class FreeBlocks {
  readonly blocks: Block[] = [];

  /** Takes so many bytes from the smallest block that has them. */
  take(bytes: number): number | undefined {
    let best = -1;
    for (let i = 0; i < this.blocks.length; i++) {
      const { bytes: there } = this.blocks[i];
      if (there >= bytes && (best < 0 || there < this.blocks[best].bytes)) best = i;
    }
    if (best < 0) return undefined;
    const block = this.blocks[best];
    const { at } = block;
    block.at += bytes;
    block.bytes -= bytes;
    if (block.bytes === 0) this.blocks.splice(best, 1);
    return at;
  }

  add(at: number, bytes: number): void {
    let low = 0;
    let high = this.blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.blocks[middle].at < at) low = middle + 1;
      else high = middle;
    }
    this.blocks.splice(low, 0, { at, bytes });
    this.join(low);
    if (low > 0) this.join(low - 1);
  }

  private join(i: number): void {
    const [block, next] = [this.blocks[i], this.blocks[i + 1]];
    if (!next || block.at + block.bytes !== next.at) return;
    block.bytes += next.bytes;
    this.blocks.splice(i + 1, 1);
  }
}

/**
 * Blocks by best fit, joined with free neighbours when given back. Addresses stay valid when the
 * memory grows, typed arrays over it do not: ask for a view each time.
 */
export class Arena {
  readonly memory: WebAssembly.Memory;
  private readonly taken = new Map<number, number>();
  private readonly large = new FreeBlocks();
  private readonly small = new FreeBlocks();
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

  /** Bytes that may be taken at most. */
  get limit(): number {
    return Math.min(this.options.limit ?? maxPages * pageBytes, maxPages * pageBytes);
  }

  allocate(bytes: number): number {
    const size = roundUp(bytes);
    const at = size <= smallBytes ? this.takeSmall(size) : this.takeLarge(size);
    this.taken.set(at, size);
    this.heldBytes += size;
    return at;
  }

  private takeSmall(size: number): number {
    const at = this.small.take(size);
    if (at !== undefined) return at;
    this.small.add(this.takeLarge(slabBytes), slabBytes);
    return this.small.take(size) as number;
  }

  private takeLarge(size: number): number {
    return this.large.take(size) ?? this.extend(size);
  }

  /** Takes a block at the end, growing the memory if it must. */
  private extend(size: number): number {
    const last = this.large.blocks.at(-1);
    const joins = last !== undefined && last.at + last.bytes === this.end;
    const at = joins ? last.at : this.end;
    this.reserve(at + size, size);
    if (joins) this.large.blocks.pop();
    this.end = at + size;
    return at;
  }

  private reserve(end: number, size: number): void {
    const { limit } = this;
    if (end + guardBytes > limit) throw this.full(size);
    const there = this.memory.buffer.byteLength;
    if (end + guardBytes <= there) return;
    const least = end + guardBytes - there;
    const wanted = Math.min(Math.max(least, leastGrowth, there / 8), maxPages * pageBytes - there);
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
    const pieces = this.large.blocks.map(({ bytes }) => bytes);
    const free = Math.max(this.limit - this.end - guardBytes, 0, ...pieces);
    return new DeviceError(
      `simd: ${showBytes(size)} more do not fit: ${showBytes(this.heldBytes)} of at most ` +
        `${showBytes(this.limit)} are in use and ${showBytes(free)} are free in one ` +
        'piece; hold fewer states (checkpoints), or use smaller batches or blocks',
    );
  }

  release(at: number): void {
    const bytes = this.taken.get(at);
    if (bytes === undefined) throw new Error(`internal: no block at ${at} is taken`);
    this.taken.delete(at);
    this.heldBytes -= bytes;
    (bytes <= smallBytes ? this.small : this.large).add(at, bytes);
  }

  floats(at: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, at, length);
  }

  integers(at: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, at, length);
  }
}
