/** @file What a device is: it holds buffers and runs plans; nobody else touches memory. */

import type { Plan } from '../compile/plan.ts';
import type { HostArray, Kind } from '../tape/tensor.ts';

/** Numbers held by a device, opaque to everyone else. */
export interface DeviceBuffer {
  readonly size: number;
}

/** Bytes that a device holds, what the programs compiled so far need to run included. */
export interface DeviceMemory {
  readonly held: number;
  /** The most that it may hold. */
  readonly limit: number;
}

/** A plan made ready to run. */
export interface Program {
  /**
   * Runs the plan; each output is a new buffer that the caller frees. A device that computes at
   * once returns the buffers themselves, so that replaying a step creates no promises.
   */
  run(inputs: readonly DeviceBuffer[]): DeviceBuffer[] | Promise<DeviceBuffer[]>;
  dispose(): void;
}

/** How many rows, of how many cells each. */
export interface RowsSize {
  readonly count: number;
  readonly width: number;
}

export interface Device {
  /** As given to `openDevice`: `reference`, `gpujs:webasm` and so on. */
  readonly name: string;
  readonly precision: 'f32' | 'f64';
  /** Runs recurrent kernels; else plans hold one kernel for each of their rows. */
  readonly recurrences: boolean;
  upload(data: HostArray, kind: Kind): Promise<DeviceBuffer>;
  read(buffer: DeviceBuffer): Promise<Float32Array | Float64Array>;
  free(buffer: DeviceBuffer): void;
  /**
   * Overwrites row `index[i]` of `table` with row `i` of `rows`, distinct rows of `width` cells, for
   * `i` below `count`, at the cost of these rows. Only where memory can be written in place.
   */
  writeRows?(table: DeviceBuffer, index: DeviceBuffer, rows: DeviceBuffer, size: RowsSize): void;
  compile(plan: Plan): Promise<Program>;
  /** Left out by devices that do not know. */
  memory?(): DeviceMemory;
  /** Releases all that the device holds: memory, contexts, worker threads. */
  dispose(): Promise<void>;
}

/** A device that was asked for is not there, or ran something other than what was asked for. */
export class DeviceError extends Error {
  override name = 'DeviceError';
}
