/** @file The memory of the device: blocks of one WebAssembly memory. */

import { OutOfMemory } from '../../device.ts';
import { blockAlignment } from '../convention.ts';
import { leastGrowth, slabBytes, smallBytes } from '../tuning.ts';
import { maxPages } from '../wasm/module.ts';

const pageBytes = 65536;
/** Vectors are read up to three cells beyond the last block. */
const guardBytes = 64;

const roundUp = (bytes: number): number =>
  Math.max(1, Math.ceil(bytes / blockAlignment)) * blockAlignment;

interface Block {
  address: number;
  bytes: number;
}

/** Bytes for people, rounded. */
export const showBytes = (bytes: number): string =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(0)} MB`;

/** What the memory is for, and how large it may become. */
export interface ArenaOptions {
  /** Threads share the memory. */
  readonly shared: boolean;
  /** Bytes that blocks may take at most; default and upper limit 4 GiB. */
  readonly limit?: number;
}

/** Free blocks in the order of their addresses; neighbours are joined. */
class FreeBlocks {
  readonly blocks: Block[] = [];

  /** Takes bytes from the smallest block that is large enough; returns their address. */
  take(bytes: number): number | undefined {
    let best = -1;
    for (let i = 0; i < this.blocks.length; i++) {
      const size = this.blocks[i].bytes;
      if (size >= bytes && (best < 0 || size < this.blocks[best].bytes)) best = i;
    }
    if (best < 0) return undefined;
    const block = this.blocks[best];
    const { address } = block;
    block.address += bytes;
    block.bytes -= bytes;
    if (block.bytes === 0) this.blocks.splice(best, 1);
    return address;
  }

  add(address: number, bytes: number): void {
    let low = 0;
    let high = this.blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.blocks[middle].address < address) low = middle + 1;
      else high = middle;
    }
    this.blocks.splice(low, 0, { address, bytes });
    this.join(low);
    if (low > 0) this.join(low - 1);
  }

  private join(i: number): void {
    const [block, next] = [this.blocks[i], this.blocks[i + 1]];
    if (!next || block.address + block.bytes !== next.address) return;
    block.bytes += next.bytes;
    this.blocks.splice(i + 1, 1);
  }
}

/**
 * Gives out blocks by best fit. Addresses stay valid when the memory grows, typed arrays over it do
 * not: ask for a view each time.
 */
export class Arena {
  readonly memory: WebAssembly.Memory;
  private readonly taken = new Map<number, number>();
  private readonly large = new FreeBlocks();
  private readonly small = new FreeBlocks();
  private end: number;
  private takenBytes = 0;

  constructor(private readonly options: ArenaOptions) {
    const { shared } = options;
    this.memory = new WebAssembly.Memory(
      shared ? { initial: 16, maximum: maxPages, shared } : { initial: 16 },
    );
    // No block starts at address 0, which an entry of a slot table that was never set would be.
    this.end = blockAlignment;
  }

  /** Bytes of the blocks that are taken. */
  get held(): number {
    return this.takenBytes;
  }

  /** Bytes that may be taken at most. */
  get limit(): number {
    return Math.min(this.options.limit ?? maxPages * pageBytes, maxPages * pageBytes);
  }

  /** Takes a block and returns its address; throws a DeviceError if the limit allows none. */
  allocate(bytes: number): number {
    const size = roundUp(bytes);
    const address = size <= smallBytes ? this.takeSmall(size) : this.takeLarge(size);
    this.taken.set(address, size);
    this.takenBytes += size;
    return address;
  }

  private takeSmall(size: number): number {
    const address = this.small.take(size);
    if (address !== undefined) return address;
    this.small.add(this.takeLarge(slabBytes), slabBytes);
    return this.small.take(size) as number;
  }

  private takeLarge(size: number): number {
    return this.large.take(size) ?? this.extend(size);
  }

  /** Takes a block at the end, growing the memory if it must. */
  private extend(size: number): number {
    const last = this.large.blocks.at(-1);
    const joins = last !== undefined && last.address + last.bytes === this.end;
    const address = joins ? last.address : this.end;
    this.reserve(address + size, size);
    if (joins) this.large.blocks.pop();
    this.end = address + size;
    return address;
  }

  /** Grows the memory to `end`, for a block of so many bytes. */
  private reserve(end: number, bytes: number): void {
    if (end + guardBytes > this.limit) throw this.full(bytes);
    const size = this.memory.buffer.byteLength;
    const least = end + guardBytes - size;
    if (least <= 0) return;
    const wanted = Math.min(Math.max(least, leastGrowth, size / 8), maxPages * pageBytes - size);
    for (const growth of [wanted, least]) {
      try {
        this.memory.grow(Math.ceil(growth / pageBytes));
        return;
      } catch {
        // The system refuses so much: try with what is needed alone.
      }
    }
    throw this.full(bytes);
  }

  private full(size: number): OutOfMemory {
    const pieces = this.large.blocks.map(({ bytes }) => bytes);
    const free = Math.max(this.limit - this.end - guardBytes, 0, ...pieces);
    return new OutOfMemory(
      `simd: ${showBytes(size)} more do not fit: ${showBytes(this.takenBytes)} of at most ` +
        `${showBytes(this.limit)} are in use and ${showBytes(free)} are free in one ` +
        'piece; hold fewer states (checkpoints), or use smaller batches or blocks',
    );
  }

  /** Frees the block at an address. */
  release(address: number): void {
    const bytes = this.taken.get(address);
    if (bytes === undefined) throw new Error(`internal: no block at ${address} is taken`);
    this.taken.delete(address);
    this.takenBytes -= bytes;
    (bytes <= smallBytes ? this.small : this.large).add(address, bytes);
  }

  /** Real cells at an address, until the memory grows. */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  /** Integers at an address, until the memory grows. */
  integers(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length);
  }
}
