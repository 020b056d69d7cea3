/** @file The `simd` device: kernels compiled to WebAssembly SIMD over one memory. */

import type { Plan } from '../../compile/plan.ts';
import type { HostArray, Kind } from '../../tape/tensor.ts';
import { type Device, DeviceError } from '../device.ts';
import { compilePlan } from './compile.ts';
import { Arena } from './run/arena.ts';
import { availableThreads, canShareMemory } from './run/environment.ts';
import { type ArenaBuffer, addressOf, SimdProgram, Workspace } from './run/program.ts';
import { RowWriter } from './run/row-writer.ts';
import { Threads } from './run/threads.ts';
import { moduleImports } from './wasm/module.ts';
import { hasRelaxedSimd } from './wasm/relaxed.ts';

export interface SimdOptions {
  /** Threads that compute, the calling one included; default as many as can run at once. */
  readonly threads?: number;
  /**
   * Whether a product and a sum become one instruction (relaxed SIMD), which is faster. How it
   * rounds is up to the engine and the processor, so results differ in their last bits from those
   * without, though never between threads; `false` is for comparing engines. Default where it is
   * there.
   */
  readonly relaxed?: boolean;
  /** Bytes that the device may hold; default 4 GiB, the most that WebAssembly addresses. */
  readonly memoryLimit?: number;
}

/**
 * Opens the device. Throws a DeviceError for a number of threads that is none, for more than one
 * where memory cannot be shared, and for relaxed SIMD where it is not there.
 */
export async function openSimd(options: SimdOptions = {}): Promise<Device> {
  const { memoryLimit, threads: count = await availableThreads() } = options;
  const { relaxed = hasRelaxedSimd() } = options;
  if (!Number.isInteger(count) || count < 1) {
    throw new DeviceError(`simd: expected one thread or more, got ${count}`);
  }
  if (relaxed && !hasRelaxedSimd()) {
    throw new DeviceError('simd: this engine has no relaxed SIMD; leave the option out');
  }
  const shared = count > 1;
  if (shared && !canShareMemory()) {
    throw new DeviceError(
      `simd: ${count} threads need a page that is cross-origin isolated: serve it with ` +
        'Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp',
    );
  }
  const arena = new Arena({ shared, limit: memoryLimit });
  const threads = await Threads.start(count, arena);
  const workspace = new Workspace(arena);
  const rowWriter = await RowWriter.make(arena, threads);
  return {
    name: 'simd',
    precision: 'f32',
    recurrences: true,
    upload: async (data, kind) => upload(arena, data, kind),
    read: async (buffer) => read(arena, buffer as ArenaBuffer),
    free: (buffer) => free(arena, buffer as ArenaBuffer),
    writeRows: (table, index, rows, size) =>
      rowWriter.write(table as ArenaBuffer, index as ArenaBuffer, rows as ArenaBuffer, size),
    compile: async (plan: Plan) => {
      const compiled = compilePlan(plan, { shared, relaxed });
      const imports = moduleImports(arena.memory);
      const { instance } = await WebAssembly.instantiate(compiled.module, imports);
      return new SimdProgram(compiled, arena, workspace, threads, instance);
    },
    memory: () => ({ held: arena.held, limit: arena.limit }),
    dispose: () => threads.dispose(),
  };
}

function upload(arena: Arena, data: HostArray, kind: Kind): ArenaBuffer {
  const size = data.length;
  const at = arena.allocate(size * 4);
  (kind === 'index' ? arena.integers(at, size) : arena.floats(at, size)).set(data);
  return { size, kind, at };
}

function read(arena: Arena, buffer: ArenaBuffer): Float32Array {
  const { size, kind } = buffer;
  const at = addressOf(buffer);
  const cells = kind === 'index' ? arena.integers(at, size) : arena.floats(at, size);
  return Float32Array.from(cells);
}

function free(arena: Arena, buffer: ArenaBuffer): void {
  if (buffer.at < 0) return;
  arena.release(buffer.at);
  buffer.at = -1;
}
