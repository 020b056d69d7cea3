/** @file Copies rows to where they stand in a table, shared by the threads. */

import { DeviceError, type RowsSize } from '../../device.ts';
import { FunctionWriter } from '../emit/function-writer.ts';
import { writeLoop } from '../emit/loops.ts';
import { type Bytes, moduleImports, type, type WasmFunction, wasmModule } from '../wasm/module.ts';
import { i32Const, i32Load, localGet, memoryCopy, op } from '../wasm/opcodes.ts';
import type { Arena } from './arena.ts';
import { type ArenaBuffer, storeModule } from './program.ts';
import type { Job, Threads } from './threads.ts';

/** The threads call functions by this name and with these parameters; `x1` is the cells of a row. */
const name = 'n0';
const parameter = { places: 0, y0: 4, y1: 5, x1: 7 };
const parameterCount = 10;

/** Where the addresses stand in the table of places. */
const place = { table: 0, index: 1, rows: 2 };

/** Copies row `y` of the rows to row `index[y]` of the table, for `y0 <= y < y1`. */
function copyRows(): WasmFunction {
  const address = (at: number): Bytes => [...localGet(parameter.places), ...i32Load(4 * at)];
  const times4 = [...i32Const(2), ...op.i32Shl];
  const y = localGet(parameter.y0);
  const bytes = [...localGet(parameter.x1), ...times4];
  const row = [...address(place.index), ...y, ...times4, ...op.i32Add, ...i32Load(0)];
  const writer = new FunctionWriter(new Array(parameterCount).fill(type.i32), new Map());
  const [from, to] = [parameter.y0, parameter.y1].map((local) => ({ local, constant: 0 }));
  writeLoop(writer, { name: 'y', variable: parameter.y0, from, to, step: 1 }, () => {
    writer.emit(address(place.table), row, bytes, op.i32Mul, op.i32Add);
    writer.emit(address(place.rows), y, bytes, op.i32Mul, op.i32Add);
    writer.emit(bytes, memoryCopy);
  });
  return writer.finish(name);
}

export class RowWriter {
  private readonly places: number;

  private constructor(
    private readonly arena: Arena,
    private readonly threads: Threads,
    private readonly run: Job['run'],
    private readonly module: Job['module'],
  ) {
    this.places = arena.allocate(Object.keys(place).length * 4);
  }

  static async make(arena: Arena, threads: Threads): Promise<RowWriter> {
    const bytes = wasmModule([copyRows()], threads.count > 1);
    const { instance } = await WebAssembly.instantiate(bytes, moduleImports(arena.memory));
    const run = instance.exports[name] as Job['run'];
    return new RowWriter(arena, threads, run, storeModule(arena, threads, bytes));
  }

  write(table: ArenaBuffer, index: ArenaBuffer, rows: ArenaBuffer, size: RowsSize): void {
    if (table.at < 0 || index.at < 0 || rows.at < 0) {
      throw new DeviceError('internal: the buffer was freed before its rows were written');
    }
    this.arena.integers(this.places, 3).set([table.at, index.at, rows.at]);
    const { run, module, places } = this;
    const { count, width } = size;
    const calls = {
      function: name,
      name: 'copyRows',
      extents: { z: 1, y: count, x: width },
      cut: 'y' as const,
      least: 1,
      strip: Math.max(count, 1),
      parts: { count: 0, length: 0 },
      // What it costs is moving bytes.
      work: 4 * count * width,
    };
    this.threads.run({ calls, index: 0, run, module, table: places, scratch: 0, scratchStride: 0 });
  }
}
