/** @file What a device is: it holds buffers and runs plans. No other code touches memory. */

import type { Plan } from '../compile/plan.ts';
import { showValue } from '../tape/show-value.ts';
import type { HostArray, Kind } from '../tape/tensor.ts';

/** Numbers in the memory of a device, opaque to all other code. */
export interface DeviceBuffer {
  readonly size: number;
}

/** Bytes that a device holds, with those that its compiled programs need to run. */
export interface DeviceMemory {
  readonly held: number;
  /** The most that it may hold. */
  readonly limit: number;
}

/** A plan that is ready to run. */
export interface Program {
  /**
   * Runs the plan; each output is a new buffer that the caller frees. A device that computes at
   * once returns the buffers themselves, so that replaying a step creates no promises.
   */
  run(inputs: readonly DeviceBuffer[]): DeviceBuffer[] | Promise<DeviceBuffer[]>;
  /** Releases what the program holds; it must not run afterwards. */
  dispose(): void;
}

/** How many rows, of how many cells each. */
export interface RowsSize {
  readonly count: number;
  readonly width: number;
}

/** What runs plans. The tests under `test/autodiff/devices` say what else holds of every device. */
export interface Device {
  /** As given to `openDevice`: `reference`, `gpujs:webasm` and so on. */
  readonly name: string;
  readonly precision: 'f32' | 'f64';
  /** Whether it runs recurrent kernels; if not, its plans have a kernel for each of their rows. */
  readonly recurrences: boolean;
  /** Copies numbers to the device; the buffer is the caller's to free. */
  upload(data: HostArray, kind: Kind): Promise<DeviceBuffer>;
  /** Copies a buffer to the host; addresses come as they were given, or are refused at `upload`. */
  read(buffer: DeviceBuffer): Promise<HostArray>;
  /** Releases a buffer, which must not be used afterwards. */
  free(buffer: DeviceBuffer): void;
  /**
   * Overwrites row `index[i]` of `table` with row `i` of `rows` for each `i` below `count`, at the
   * cost of these rows alone. The rows are distinct. Devices that cannot write in place lack it.
   */
  writeRows?(table: DeviceBuffer, index: DeviceBuffer, rows: DeviceBuffer, size: RowsSize): void;
  /** Compiles a plan; throws where the device cannot run it. */
  compile(plan: Plan): Promise<Program>;
  /** Devices that do not know their memory lack it. */
  memory?(): DeviceMemory;
  /** Releases all that the device holds: memory, contexts, worker threads. */
  dispose(): Promise<void>;
}

/** Throws a DeviceError that names `what` unless a value is a device. */
export function expectDevice(what: string, device: Device): void {
  const given: unknown = device;
  if (typeof given === 'object' && given !== null && 'compile' in given && 'upload' in given)
    return;
  throw new DeviceError(
    `${what}: expected a device, as openDevice gives it, got ${showValue(given)}` +
      (given instanceof Promise ? ': await it' : ''),
  );
}

/** A device that was asked for is not available, failed, or would compute something else. */
export class DeviceError extends Error {
  override name = 'DeviceError';
}

/** A device has no room for what it is to hold. */
export class OutOfMemory extends DeviceError {}
