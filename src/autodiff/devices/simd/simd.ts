/** @file The `simd` device: kernels compiled to WebAssembly SIMD over one memory. */

import type { Plan } from '../../compile/plan.ts';
import { type Device, DeviceError } from '../device.ts';
import { compilePlan } from './compile.ts';
import { Arena } from './run/arena.ts';
import { type ArenaBuffer, free, read, upload } from './run/buffers.ts';
import { availableThreads, canShareMemory } from './run/environment.ts';
import { instantiate } from './run/instantiate.ts';
import { SimdProgram, Workspace } from './run/program.ts';
import { RowWriter } from './run/row-writer.ts';
import { Threads } from './run/threads.ts';
import { hasRelaxedSimd } from './wasm/relaxed.ts';

/** How the device computes, and on how much memory. */
export interface SimdOptions {
  /** Threads that compute, the calling one included; default as many as can run at once. */
  readonly threads?: number;
  /**
   * Whether a product and a sum become one instruction (relaxed SIMD), which is faster. How it
   * rounds is up to the engine and the processor, so results differ in their last bits from those
   * without, though never between threads; `false` is for comparing engines. Default: if the
   * engine has it.
   */
  readonly relaxed?: boolean;
  /** Bytes that the device may take; default 4 GiB, the most that WebAssembly addresses. */
  readonly memoryLimit?: number;
}

/** No machine gains by more threads, and so many take gigabytes. */
const limitOfThreads = 512;

/**
 * Opens the device. Throws a DeviceError if `threads` is no whole number from 1 to 512, if memory
 * cannot be shared by so many, or if `relaxed` asks for what the engine does not have.
 */
export async function openSimd(options: SimdOptions = {}): Promise<Device> {
  const { memoryLimit, threads: count = await availableThreads() } = options;
  const { relaxed = hasRelaxedSimd() } = options;
  if (!Number.isInteger(count) || count < 1 || count > limitOfThreads) {
    throw new DeviceError(`simd: expected 1 to ${limitOfThreads} threads, got ${count}`);
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
      const instance = await instantiate(compiled.module, arena.memory);
      return new SimdProgram(compiled, arena, workspace, threads, instance);
    },
    memory: () => ({ held: arena.held, limit: arena.limit }),
    dispose: () => threads.dispose(),
  };
}
