/** @file Runs compiled plans: fills the table of places, calls the loop nests in order. */

import type { DeviceBuffer, Program } from '../device.ts';
import { type Arena, blockAlignment } from './arena.ts';
import type { CompiledPlan, NestCalls } from './compiler.ts';

/** Cells in the arena. */
export interface ArenaBuffer extends DeviceBuffer {
  readonly size: number;
  readonly kind: 'real' | 'index';
  /** The address, or -1 once freed. */
  at: number;
}

type NestFunction = (...args: number[]) => void;

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

export class SimdProgram implements Program {
  private readonly functions: NestFunction[];
  private readonly table: number;

  constructor(
    private readonly compiled: CompiledPlan,
    private readonly arena: Arena,
    private readonly workspace: Workspace,
    instance: WebAssembly.Instance,
  ) {
    this.functions = compiled.calls.map(
      (calls) => instance.exports[calls.function] as NestFunction,
    );
    this.table = arena.allocate(compiled.places * 4);
    workspace.atLeast(this.workspaceBytes);
  }

  private get workspaceBytes(): number {
    return this.compiled.workspaceBytes + this.compiled.scratchBytes + blockAlignment;
  }

  async run(inputs: readonly DeviceBuffer[]): Promise<DeviceBuffer[]> {
    const { compiled, arena } = this;
    const scratch = this.workspace.atLeast(this.workspaceBytes);
    const outputs = this.newOutputs();
    const workspace = scratch + Math.ceil(compiled.scratchBytes / blockAlignment) * blockAlignment;
    const table = arena.integers(this.table, compiled.places);
    (inputs as readonly ArenaBuffer[]).forEach(({ at }, i) => {
      table[i] = at;
    });
    for (const { place, offset } of compiled.temporaries) table[place] = workspace + offset;
    compiled.outputs.forEach(({ place }, i) => {
      table[place] = outputs[i].at;
    });
    compiled.calls.forEach((calls, i) => {
      callInStrips(this.functions[i], calls, this.table, scratch);
    });
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

  dispose(): void {
    this.arena.release(this.table);
  }
}

function callInStrips(fn: NestFunction, calls: NestCalls, table: number, scratch: number): void {
  const { extents, cut, strip, parts } = calls;
  const end = extents[cut];
  for (let from = 0; from < end; from += strip) {
    const to = Math.min(from + strip, end);
    const [z0, z1] = cut === 'z' ? [from, to] : [0, extents.z];
    const [y0, y1] = cut === 'y' ? [from, to] : [0, extents.y];
    const [x0, x1] = cut === 'x' ? [from, to] : [0, extents.x];
    for (const [k0, k1] of parts) fn(table, scratch, z0, z1, y0, y1, x0, x1, k0, k1);
  }
}
