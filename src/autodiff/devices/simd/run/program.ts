/** @file Runs compiled plans: fills the slot table, calls the loop nests in order. */

import { type DeviceBuffer, DeviceError, type Program } from '../../device.ts';
import type { CompiledPlan } from '../compile.ts';
import { blockAlignment, functionName, type KernelFunction } from '../convention.ts';
import type { Arena } from './arena.ts';
import type { Job, StoredModule, Threads } from './threads.ts';

/** Cells in the arena. */
export interface ArenaBuffer extends DeviceBuffer {
  readonly size: number;
  readonly kind: 'real' | 'index';
  /** The address, or -1 once freed. */
  at: number;
}

/** Throws a DeviceError if the buffer was freed. */
export function addressOf({ at }: ArenaBuffer): number {
  if (at < 0) throw new DeviceError('simd: a value is used after it was released');
  return at;
}

/** Memory that all programs of a device use in turn, as large as the largest needs. */
export class Workspace {
  private at = -1;
  private bytes = 0;

  constructor(private readonly arena: Arena) {}

  /** Makes sure of so many bytes; earlier addresses are void. */
  atLeast(bytes: number): number {
    if (this.at < 0 || bytes > this.bytes) {
      if (this.at >= 0) this.arena.release(this.at);
      this.at = -1;
      this.at = this.arena.allocate(bytes);
      this.bytes = bytes;
    }
    return this.at;
  }
}

let modules = 0;

/** Workers compile a module on their own, from its bytes in the shared memory. */
export function storeModule(
  arena: Arena,
  { count }: Threads,
  bytes: Uint8Array<ArrayBuffer>,
): StoredModule {
  const id = ++modules;
  if (count === 1) return { id, at: 0, bytes: 0 };
  const at = arena.allocate(bytes.length);
  new Uint8Array(arena.memory.buffer, at, bytes.length).set(bytes);
  return { id, at, bytes: bytes.length };
}

export class SimdProgram implements Program {
  private readonly jobs: readonly Job[];
  private readonly table: number;
  private readonly module: StoredModule;
  private readonly scratchStride: number;

  constructor(
    private readonly compiled: CompiledPlan,
    private readonly arena: Arena,
    private readonly workspace: Workspace,
    private readonly threads: Threads,
    instance: WebAssembly.Instance,
  ) {
    this.scratchStride = Math.ceil(compiled.scratchBytes / blockAlignment) * blockAlignment;
    // Taken now, so that what the device holds tells what is left for values.
    this.takeWorkspace();
    this.table = arena.allocate(compiled.slots * 4);
    this.module = storeModule(arena, threads, compiled.module);
    const { table, module, scratchStride } = this;
    this.jobs = compiled.calls.map((calls, index) => {
      const run = instance.exports[functionName(index)] as KernelFunction;
      return threads.job({ calls, index, run, module, table, scratchStride });
    });
  }

  private takeWorkspace(): number {
    const { workspace, scratchStride, threads, compiled } = this;
    return workspace.atLeast(scratchStride * threads.count + compiled.workspaceBytes);
  }

  run(inputs: readonly DeviceBuffer[]): DeviceBuffer[] {
    const given = (inputs as readonly ArenaBuffer[]).map(addressOf);
    const scratch = this.takeWorkspace();
    const outputs = this.newOutputs();
    const values = scratch + this.scratchStride * this.threads.count;
    this.fillTable(given, outputs, values);
    for (const job of this.jobs) this.threads.run(job, scratch);
    return outputs;
  }

  private newOutputs(): ArenaBuffer[] {
    const { arena } = this;
    const outputs: ArenaBuffer[] = [];
    try {
      for (const { size } of this.compiled.outputs) {
        outputs.push({ size, kind: 'real', at: arena.allocate(size * 4) });
      }
    } catch (error) {
      for (const { at } of outputs) arena.release(at);
      throw error;
    }
    return outputs;
  }

  private fillTable(
    inputs: readonly number[],
    outputs: readonly ArenaBuffer[],
    workspace: number,
  ): void {
    const { compiled } = this;
    const table = this.arena.integers(this.table, compiled.slots);
    table.set(inputs);
    for (const { slot, offset } of compiled.temporaries) table[slot] = workspace + offset;
    compiled.outputs.forEach(({ slot }, i) => {
      table[slot] = outputs[i].at;
    });
  }

  dispose(): void {
    this.arena.release(this.table);
    if (this.module.bytes > 0) this.arena.release(this.module.at);
  }
}
