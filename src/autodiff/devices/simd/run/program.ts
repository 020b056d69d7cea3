/** @file Runs compiled plans: fills the slot table, calls the loop nests in order. */

import type { DeviceBuffer, Program } from '../../device.ts';
import type { CompiledPlan } from '../compile.ts';
import { blockAlignment, bytesPerCell, functionName, type KernelFunction } from '../convention.ts';
import type { Arena } from './arena.ts';
import { type ArenaBuffer, addressOf, free, newBuffer } from './buffers.ts';
import type { Job, StoredModule, Threads } from './threads.ts';

/** Memory that all programs of a device use in turn, as large as the largest needs. */
export class Workspace {
  private address = -1;
  private bytes = 0;

  constructor(private readonly arena: Arena) {}

  /** The address of at least so many bytes; earlier addresses are no longer valid. */
  atLeast(bytes: number): number {
    if (this.address < 0 || bytes > this.bytes) {
      if (this.address >= 0) this.arena.release(this.address);
      this.address = -1;
      this.address = this.arena.allocate(bytes);
      this.bytes = bytes;
    }
    return this.address;
  }
}

let modules = 0;

/** Copies a module to the memory, if there are workers to compile it from there. */
export function storeModule(
  arena: Arena,
  { count }: Threads,
  bytes: Uint8Array<ArrayBuffer>,
): StoredModule {
  const id = ++modules;
  if (count === 1) return { id, address: 0, bytes: 0 };
  const address = arena.allocate(bytes.length);
  new Uint8Array(arena.memory.buffer, address, bytes.length).set(bytes);
  return { id, address, bytes: bytes.length };
}

/** A plan that runs on the threads of a device. */
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
    // Taken now, so that the memory left is what values may take.
    this.takeWorkspace();
    this.table = arena.allocate(compiled.slots * bytesPerCell);
    try {
      this.module = storeModule(arena, threads, compiled.module);
    } catch (error) {
      arena.release(this.table);
      throw error;
    }
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
      for (const { size, kind } of this.compiled.outputs) {
        outputs.push(newBuffer(arena, size, kind));
      }
    } catch (error) {
      for (const output of outputs) free(arena, output);
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
      table[slot] = outputs[i].address;
    });
  }

  dispose(): void {
    this.arena.release(this.table);
    if (this.module.bytes > 0) this.arena.release(this.module.address);
  }
}
