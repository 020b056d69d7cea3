/** @file Overwrites rows of a table in place, on all threads. */

import type { RowsSize } from '../../device.ts';
import {
  bytesPerCell,
  functionName,
  type KernelFunction,
  parameter,
  parameterCount,
} from '../convention.ts';
import { FunctionWriter } from '../emit/function-writer.ts';
import { writeLoop } from '../emit/loops.ts';
import { onePart } from '../plan/strips.ts';
import { type, type WasmFunction, wasmModule } from '../wasm/module.ts';
import { code, i32Const, i32Load, localGet, memoryCopy, op } from '../wasm/opcodes.ts';
import type { Arena } from './arena.ts';
import { type ArenaBuffer, addressOf } from './buffers.ts';
import { instantiate } from './instantiate.ts';
import { storeModule } from './program.ts';
import type { StoredModule, Threads } from './threads.ts';

/** The slots of the three buffers. */
const slot = { table: 0, index: 1, rows: 2 };
const slots = 3;

/** Copies row `y` of `x` cells to row `index[y]` of the table, for all `y` of the call. */
function copyRows(): WasmFunction {
  const address = (of: number) => code(localGet(parameter.table), i32Load(bytesPerCell * of));
  const timesBytes = code(i32Const(bytesPerCell), op.i32Mul);
  const y = localGet(parameter.y[0]);
  const bytes = code(localGet(parameter.x[1]), timesBytes);
  const row = code(address(slot.index), y, timesBytes, op.i32Add, i32Load(0));
  const writer = new FunctionWriter(new Array(parameterCount).fill(type.i32), new Map());
  const [from, to] = parameter.y.map((local) => ({ local, constant: 0 }));
  writeLoop(writer, { name: 'y', variable: parameter.y[0], from, to, step: 1 }, () => {
    writer.emit(address(slot.table), row, bytes, op.i32Mul, op.i32Add);
    writer.emit(address(slot.rows), y, bytes, op.i32Mul, op.i32Add);
    writer.emit(bytes, memoryCopy);
  });
  return writer.finish(functionName(0));
}

/** The one kernel that no plan contains: it writes to one of its inputs. */
export class RowWriter {
  private readonly table: number;

  private constructor(
    private readonly arena: Arena,
    private readonly threads: Threads,
    private readonly run: KernelFunction,
    private readonly module: StoredModule,
  ) {
    this.table = arena.allocate(slots * bytesPerCell);
  }

  /** Compiles the kernel. */
  static async make(arena: Arena, threads: Threads): Promise<RowWriter> {
    const bytes = wasmModule([copyRows()], threads.count > 1);
    const instance = await instantiate(bytes, arena.memory);
    const run = instance.exports[functionName(0)] as KernelFunction;
    return new RowWriter(arena, threads, run, storeModule(arena, threads, bytes));
  }

  /**
   * Overwrites row `index[i]` of the table with row `i` of `rows`; the rows are distinct. Throws a
   * DeviceError if a buffer was freed.
   */
  write(table: ArenaBuffer, index: ArenaBuffer, rows: ArenaBuffer, size: RowsSize): void {
    this.arena.integers(this.table, slots).set([table, index, rows].map(addressOf));
    const { run, module } = this;
    const { count, width } = size;
    const calls = {
      name: 'copyRows',
      extents: { z: 1, y: count, x: width },
      cut: 'y' as const,
      least: 1,
      strip: Math.max(count, 1),
      parts: onePart,
      // Moving bytes is what it costs.
      work: 4 * count * width,
    };
    const job = { calls, index: 0, run, module, table: this.table, scratchStride: 0 };
    this.threads.run(this.threads.job(job), 0);
  }
}
