/** @file Writes a loop nest as a function: tiles in order, the values of each, their stores. */

import { bound, parameter, parameterCount } from '../convention.ts';
import type { Affine } from '../plan/affine.ts';
import { cellOf, extentsOf, maskedSums, type Store } from '../plan/nest.ts';
import { countUses, type Node } from '../plan/node.ts';
import type { PlannedNest } from '../plan/plan-nests.ts';
import { tileAxis } from '../plan/tiling.ts';
import type { CalledFunction } from '../wasm/called.ts';
import { type, type WasmFunction } from '../wasm/module.ts';
import { ifThen, op } from '../wasm/opcodes.ts';
import { Addresses } from './addresses.ts';
import { Blocks, type Columns } from './blocks.ts';
import type { Frame, Tile } from './frame.ts';
import { FunctionWriter } from './function-writer.ts';
import { copyPanel, panelsOf } from './panels.ts';
import { prepareReductions } from './reductions.ts';
import { resumeSum, writeStore } from './stores.ts';
import { type KernelContext, pushMask } from './vector-code.ts';

/** What a nest is written for. */
export interface NestOptions {
  /** The name that its function is exported by. */
  readonly name: string;
  /** Products and sums may become one instruction. */
  readonly relaxed: boolean;
  /** The index of a function that the kernels of the module share. */
  indexOf(name: CalledFunction): number;
}

/** The function of a loop nest over the ranges of threads that its parameters give. */
export function writeNest(nest: PlannedNest, options: NestOptions): WasmFunction {
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
  private readonly blocks = new Blocks(this.writer);
  private readonly context: KernelContext;
  private readonly cell: Affine;

  constructor(
    private readonly nest: PlannedNest,
    private readonly options: NestOptions,
  ) {
    this.cell = cellOf(nest.threads);
    const [{ slot, node }] = nest.stores;
    const resume = (frame: Frame) => resumeSum(this.context, slot, this.cell, frame);
    this.context = {
      writer: this.writer,
      addresses: new Addresses(this.writer),
      uses: countUses(nest.stores.map((store) => store.node)),
      relaxed: options.relaxed,
      indexOf: options.indexOf,
      ...(nest.parts ? { partial: { sum: node, resume } } : {}),
    };
  }

  write(): WasmFunction {
    const { threads, tiling } = this.nest;
    const { x, y, z } = extentsOf(threads);
    const rows = (body: (rows: number) => void) => this.blocks.rows(y, tiling.rows, body);
    const columns = (body: (columns: Columns) => void) =>
      this.blocks.columns(x, tiling.vectors, body);
    this.blocks.planes(z, () => {
      if (tiling.packs.length > 0) columns((block) => this.pack(block));
      if (tiling.outer === 'rows') rows((n) => columns((block) => this.tile(n, block)));
      else columns((block) => rows((n) => this.tile(n, block)));
    });
    return this.writer.finish(this.options.name);
  }

  /** Computes and stores the cells of a tile. */
  private tile(rows: number, columns: Columns): void {
    const { stores, tiling } = this.nest;
    const varying = new Set<string>();
    if (rows > 1) varying.add('y');
    if (columns.vectors > 1) varying.add('x');
    const panels = panelsOf(tiling, columns.vectors);
    const packed = new Map(panels.map(([{ load }, panel]) => [load as Node, panel]));
    const tile = { varying, packed };
    const frames = Array.from({ length: rows }, (_, row) => framesOf(columns, tile, row)).flat();
    const masked = maskedSums(this.nest);
    if (masked) this.branch(masked, frames);
    else this.compute(stores, frames);
  }

  private compute(stores: readonly Store[], frames: readonly Frame[]): void {
    prepareReductions(
      this.context,
      stores.map(({ node }) => node),
      frames,
    );
    for (const frame of frames) {
      for (const store of stores) writeStore(this.context, store, this.cell, frame);
    }
  }

  /** Computes the sums of a tile only if its mask takes one of its cells. */
  private branch({ inputs: [mask, , no] }: Node & { kind: 'select' }, frames: readonly Frame[]) {
    const { writer, context } = this;
    const { stores, tiling, threads } = this.nest;
    // A scope of the innermost variable: what depends on it is computed inside of the branch, and
    // all else before the loop.
    const name = tiling.outer === 'columns' && extentsOf(threads).y > 1 ? 'y' : 'x';
    const variables = new Map([[name, this.blocks.counter(name)]]);
    const sums = writer.inside(variables, () => this.compute(stores, frames));
    const rest = writer.inside(variables, () =>
      this.compute([{ slot: stores[0].slot, node: no }], frames),
    );
    frames.forEach((frame, i) => {
      pushMask(context, mask, frame);
      if (i > 0) writer.emit(op.v128Or);
    });
    writer.emit(op.v128AnyTrue, ifThen, sums.code, op.else, rest.code, op.end);
  }

  /** Copies what a block of columns reads of packed operands, so that rows read it in order. */
  private pack(columns: Columns): void {
    const frames = framesOf(columns, { varying: new Set(), packed: new Map() });
    for (const [pack, panel] of panelsOf(this.nest.tiling, columns.vectors)) {
      copyPanel(this.context, pack, panel, frames);
    }
  }
}

/** The vectors of a row of a tile. */
const framesOf = ({ vectors, last }: Columns, tile: Tile, row = 0): Frame[] =>
  Array.from({ length: vectors }, (_, vector) => ({
    ...tileAxis,
    count: vector === vectors - 1 ? last : 4,
    offsets: new Map([
      ['x', 4 * vector],
      ['y', row],
    ]),
    tile,
  }));
