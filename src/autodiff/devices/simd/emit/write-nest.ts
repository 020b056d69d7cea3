/** @file Writes a loop nest as a function: blocks of rows and columns, their remainders, the stores. */

import { bound, parameter, parameterCount } from '../convention.ts';
import { type Affine, shifted } from '../plan/affine.ts';
import type { Node } from '../plan/node.ts';
import { countUses } from '../plan/node.ts';
import {
  extentsOf,
  type LoopNest,
  maskedSums,
  ownCell,
  type Pack,
  type Store,
  type Tiling,
} from '../plan/tiling.ts';
import { type, type WasmFunction } from '../wasm/module.ts';
import {
  i32Const,
  ifThen,
  localGet,
  localSet,
  op,
  storeHalf,
  storeLane,
  v128Load,
  v128Store,
} from '../wasm/opcodes.ts';
import type { MathFunction } from '../wasm/transcendental.ts';
import { Addresses } from './addresses.ts';
import type { Frame } from './frame.ts';
import { FunctionWriter } from './function-writer.ts';
import { writeLoop } from './loops.ts';
import { panel } from './panels.ts';
import { prepareReductions } from './reductions.ts';
import { type KernelContext, type Packed, pushMask, pushValue } from './vector-code.ts';

export interface NestOptions {
  readonly name: string;
  readonly tiling: Tiling;
  /** The nest is one sum, taken part by part: calls after the first go on from what is stored. */
  readonly inParts: boolean;
  /** Iterations of a packed loop in one call. */
  readonly packLength: number;
  /** Columns of a call, if operands are packed. */
  readonly packWidth: number;
  readonly relaxed: boolean;
  mathFunction(name: MathFunction): number;
}

/** The columns that a body of the nest is written for. */
interface Columns {
  readonly vectors: number;
  /** Cells of the last vector. */
  readonly last: number;
}

/** The function of a loop nest over the ranges of threads that its parameters give. */
export function writeNest(nest: LoopNest, options: NestOptions): WasmFunction {
  return new NestWriter(nest, options).write();
}

class NestWriter {
  private readonly writer = new FunctionWriter(
    new Array(parameterCount).fill(type.i32),
    new Map([
      [bound.partFrom, parameter.k[0]],
      [bound.partTo, parameter.k[1]],
      [bound.stripFrom, parameter.x[0]],
    ]),
  );
  private readonly context: KernelContext;
  private readonly own: Affine;

  constructor(
    private readonly nest: LoopNest,
    private readonly options: NestOptions,
  ) {
    this.own = ownCell(nest.threads);
    const { mathFunction, inParts, relaxed } = options;
    this.context = {
      writer: this.writer,
      addresses: new Addresses(this.writer),
      varying: new Set(),
      packed: new Map(),
      uses: countUses(nest.stores.map(({ node }) => node)),
      relaxed,
      mathFunction,
      ...(inParts ? { resume: (frame: Frame) => this.resume(frame) } : {}),
    };
  }

  write(): WasmFunction {
    const { z } = extentsOf(this.nest.threads);
    if (z === 1) this.plane();
    else {
      const [from, to] = parameter.z;
      const variable = this.writer.local(type.i32);
      const range = { variable, from: { local: from, constant: 0 }, step: 1 };
      writeLoop(this.writer, { name: 'z', ...range, to: { local: to, constant: 0 } }, () =>
        this.plane(),
      );
    }
    return this.writer.finish(this.options.name);
  }

  private plane(): void {
    if (this.options.tiling.outer === 'columns') {
      this.columns((columns) => this.rows((rows) => this.tile(rows, columns)));
      return;
    }
    if (this.options.tiling.packs.length > 0) this.columns((columns) => this.pack(columns));
    this.rows((rows) => this.columns((columns) => this.tile(rows, columns)));
  }

  private rows(body: (rows: number) => void): void {
    const { y } = extentsOf(this.nest.threads);
    if (y === 1) {
      body(1);
      return;
    }
    const { rows } = this.options.tiling;
    this.blocks('y', parameter.y, rows, () => body(rows));
    if (y % rows !== 0) this.remainder('y', parameter.y[1], () => body(y % rows));
  }

  private columns(body: (columns: Columns) => void): void {
    const { x } = extentsOf(this.nest.threads);
    const { columns } = this.options.tiling;
    const width = 4 * columns;
    if (x >= width) {
      this.blocks('x', parameter.x, width, () => body({ vectors: columns, last: 4 }));
    } else {
      this.writer.emit(localGet(parameter.x[0]), localSet(this.counter('x')));
    }
    const rest = x % width;
    if (rest === 0) return;
    const vectors = Math.ceil(rest / 4);
    const last = rest - 4 * (vectors - 1);
    this.remainder('x', parameter.x[1], () => body({ vectors, last }));
  }

  private readonly counters = new Map<string, number>();

  /** The local that holds a thread variable; it is the function's, for remainders read it. */
  private counter(name: string): number {
    const known = this.counters.get(name);
    if (known !== undefined) return known;
    const local = this.writer.at(0, () => this.writer.local(type.i32));
    this.counters.set(name, local);
    return local;
  }

  private blocks(
    name: string,
    [from, to]: readonly [number, number],
    step: number,
    body: () => void,
  ): void {
    const range = {
      name,
      variable: this.counter(name),
      from: { local: from, constant: 0 },
      to: { local: to, constant: 1 - step },
      step,
    };
    writeLoop(this.writer, range, body);
  }

  /** What is left of a range, in calls that go to its end. */
  private remainder(name: string, to: number, body: () => void): void {
    const { writer } = this;
    const variable = this.counter(name);
    const { code } = writer.inside(new Map([[name, variable]]), body);
    writer.emit(localGet(variable), localGet(to), op.i32LtS, ifThen, code, op.end);
  }

  private tile(rows: number, { vectors, last }: Columns): void {
    const frames: Frame[] = [];
    for (let row = 0; row < rows; row++) {
      for (let vector = 0; vector < vectors; vector++) {
        frames.push(this.frame(vector, vector === vectors - 1 ? last : 4, row));
      }
    }
    const { varying } = this.context;
    varying.clear();
    if (rows > 1) varying.add('y');
    if (vectors > 1) varying.add('x');
    this.context.packed.clear();
    for (const [{ load }, packed] of this.panels({ vectors, last })) {
      this.context.packed.set(load, packed);
    }
    const choice = maskedSums(this.nest);
    if (choice) this.branch(choice, frames);
    else this.compute(frames);
  }

  private compute(frames: readonly Frame[]): void {
    const { stores } = this.nest;
    prepareReductions(
      this.context,
      stores.map(({ node }) => node),
      frames,
    );
    for (const frame of frames) this.store(frame, stores);
  }

  /** Computes a tile if any of its cells takes the first side of a choice, else stores the other. */
  private branch({ inputs: [test, , no] }: Node & { kind: 'select' }, frames: readonly Frame[]) {
    const { writer } = this;
    const [{ place }] = this.nest.stores;
    // The innermost variable is the branch's own, so that what depends on it is not computed before.
    const { y } = extentsOf(this.nest.threads);
    const inner = this.options.tiling.outer === 'columns' && y > 1 ? 'y' : 'x';
    const own = new Map([[inner, this.counter(inner)]]);
    const sums = writer.inside(own, () => this.compute(frames));
    const rest = writer.inside(own, () => {
      for (const frame of frames) this.store(frame, [{ place, node: no }]);
    });
    frames.forEach((frame, i) => {
      pushMask(this.context, test, frame);
      if (i > 0) writer.emit(op.v128Or);
    });
    writer.emit(op.v128AnyTrue, ifThen, sums.code, op.else, rest.code, op.end);
  }

  private frame(vector: number, count: number, row: number): Frame {
    const offsets = new Map([
      ['x', 4 * vector],
      ['y', row],
    ]);
    return { lane: 'x', count, aligned: true, offsets };
  }

  private store(frame: Frame, stores: readonly Store[]): void {
    const { writer, addresses } = this.context;
    const at = shifted(this.own, frame.offsets);
    for (const { place, node } of stores) {
      if (frame.count === 4) {
        const offset = addresses.pointer(place, at);
        pushValue(this.context, node, frame);
        writer.emit(v128Store(offset));
        continue;
      }
      pushValue(this.context, node, frame);
      const value = writer.local(type.v128);
      writer.emit(localSet(value));
      const lanes = (write: (offset: number) => number[]) => {
        const offset = addresses.pointer(place, at);
        writer.emit(localGet(value), write(offset));
      };
      if (frame.count > 1) lanes(storeHalf);
      if (frame.count !== 2) {
        const lane = frame.count - 1;
        lanes((offset) => storeLane(offset + 4 * lane, lane));
      }
    }
  }

  /** The panels of a block of columns: where they stand while rows go over them. */
  private panels({ vectors }: Columns): [Pack, Packed][] {
    const { tiling, packLength, packWidth } = this.options;
    return tiling.packs.map((pack, i) => {
      const begin = i * packLength * packWidth;
      return [pack, panel(pack, vectors, begin, packLength)];
    });
  }

  /** Copies what the block of columns reads of packed operands, so that rows read it in order. */
  private pack(columns: Columns): void {
    this.context.varying.clear();
    for (const [pack, packed] of this.panels(columns)) this.copyPanel(pack, packed, columns);
  }

  private copyPanel({ load, reduce }: Pack, packed: Packed, columns: Columns): void {
    const { writer, addresses } = this.context;
    const variable = writer.local(type.i32);
    const [from, to] = [reduce.from, reduce.to].map((x) => {
      const local = writer.local(type.i32);
      addresses.integer(x);
      writer.emit(localSet(local));
      return { local, constant: 0 };
    });
    writeLoop(writer, { name: reduce.variable, variable, from, to, step: 1 }, () => {
      this.context.packed.clear();
      for (let vector = 0; vector < columns.vectors; vector++) {
        const frame = this.frame(vector, vector === columns.vectors - 1 ? columns.last : 4, 0);
        const offset = addresses.pointer(packed.place, packed.at(4 * vector));
        pushValue(this.context, load, frame);
        writer.emit(v128Store(offset));
      }
    });
  }

  /** Loads what the parts before have summed up, or 0 in the first part. */
  private resume(frame: Frame): number {
    const { writer, addresses } = this.context;
    const [{ place }] = this.nest.stores;
    const local = writer.local(type.v128);
    const offset = addresses.pointer(place, shifted(this.own, frame.offsets));
    writer.emit(v128Load(offset));
    writer.once('resumes', 0, type.v128, () =>
      writer.emit(
        i32Const(0),
        localGet(parameter.k[0]),
        i32Const(0),
        op.i32Ne,
        op.i32Sub,
        op.i32x4Splat,
      ),
    );
    writer.emit(op.v128And, localSet(local));
    return local;
  }
}
