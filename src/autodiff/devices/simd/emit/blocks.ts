/** @file Writes the loops over the cells of a nest: blocks of rows and columns, then the rest. */

import { parameter } from '../convention.ts';
import { type } from '../wasm/module.ts';
import { ifThen, localGet, localSet, op } from '../wasm/opcodes.ts';
import type { FunctionWriter } from './function-writer.ts';
import { writeLoop } from './loops.ts';

/** A block of columns: its vectors, and the cells of the last of them. */
export interface Columns {
  readonly vectors: number;
  readonly last: number;
}

type Range = readonly [from: number, to: number];

/** Loops over the ranges of a call. Bodies are written once for each size of a block. */
export class Blocks {
  private readonly counters = new Map<string, number>();

  constructor(private readonly writer: FunctionWriter) {}

  /** The local of a variable, which belongs to the function: the rest reads it after a loop. */
  counter(name: string): number {
    let local = this.counters.get(name);
    if (local === undefined) {
      local = this.writer.at(0, () => this.writer.local(type.i32));
      this.counters.set(name, local);
    }
    return local;
  }

  /** Planes one by one. */
  planes(extent: number, body: () => void): void {
    if (extent === 1) {
      body();
      return;
    }
    const [from, to] = parameter.z.map((local) => ({ local, constant: 0 }));
    const variable = this.writer.local(type.i32);
    writeLoop(this.writer, { name: 'z', variable, from, to, step: 1 }, body);
  }

  /** Blocks of so many rows. */
  rows(extent: number, rows: number, body: (rows: number) => void): void {
    if (extent === 1) {
      body(1);
      return;
    }
    this.whole('y', parameter.y, rows, () => body(rows));
    if (extent % rows !== 0) this.rest('y', parameter.y, () => body(extent % rows));
  }

  /** Blocks of so many vectors of columns. */
  columns(extent: number, vectors: number, body: (columns: Columns) => void): void {
    const width = 4 * vectors;
    if (extent >= width) this.whole('x', parameter.x, width, () => body({ vectors, last: 4 }));
    else this.writer.emit(localGet(parameter.x[0]), localSet(this.counter('x')));
    const rest = extent % width;
    if (rest === 0) return;
    const some = Math.ceil(rest / 4);
    this.rest('x', parameter.x, () => body({ vectors: some, last: rest - 4 * (some - 1) }));
  }

  private whole(name: string, [from, to]: Range, step: number, body: () => void): void {
    const bounds = {
      from: { local: from, constant: 0 },
      to: { local: to, constant: 1 - step },
    };
    writeLoop(this.writer, { name, variable: this.counter(name), ...bounds, step }, body);
  }

  /** What is left of a range, in calls that go to its end. */
  private rest(name: string, [, to]: Range, body: () => void): void {
    const { writer } = this;
    const variable = this.counter(name);
    const { code } = writer.inside(new Map([[name, variable]]), body);
    writer.emit(localGet(variable), localGet(to), op.i32LtS, ifThen, code, op.end);
  }
}
