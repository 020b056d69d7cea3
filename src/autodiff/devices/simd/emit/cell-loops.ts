/** @file Writes reductions cell by cell: lanes count on the loop, or one number at a time. */

import type { ReduceNode } from '../plan/node.ts';
import { chains, leastUnrolled } from '../tuning.ts';
import { type } from '../wasm/module.ts';
import { i32Const, integers, localGet, localSet, op } from '../wasm/opcodes.ts';
import { type Accumulate, boundOf, newAccumulators, stepOf } from './accumulators.ts';
import { type Frame, oneValue, withOffset, withVarying } from './frame.ts';
import { type Bound, writeLoop } from './loops.ts';
import type { KernelContext } from './vector-code.ts';

/**
 * One accumulator for each cell, whose lanes together are its result. Up to three loops follow one
 * another, each with a shorter step than the last; their order depends on the bounds alone.
 */
export class CellLoops {
  private readonly accumulators: number[];
  private readonly from: Bound;
  private readonly to: Bound;
  private readonly variable: number;
  /** Iterations, if the bounds are constants. */
  private readonly size: number | undefined;

  /** `cells` have the same bounds; `lanes` says that their lanes count on the loop. */
  constructor(
    private readonly context: KernelContext,
    private readonly node: ReduceNode,
    private readonly cells: readonly Frame[],
    private readonly lanes: boolean,
    private readonly accumulate: Accumulate,
  ) {
    this.accumulators = newAccumulators(context, node, cells.length);
    this.from = boundOf(context, node.from, cells[0].offsets);
    this.to = boundOf(context, node.to, cells[0].offsets);
    this.variable = context.writer.local(type.i32);
    const fixed = this.from.local === undefined && this.to.local === undefined;
    this.size = fixed ? this.to.constant - this.from.constant : undefined;
  }

  /** Writes the loops and returns the accumulators, whose lanes are still to be combined. */
  write(): readonly number[] {
    const { cells, from, to } = this;
    if (!this.lanes) {
      this.loop(from, to, 1, cells, this.accumulators);
      this.keepFirstLanes();
      return this.accumulators;
    }
    const size = this.size ?? Number.POSITIVE_INFINITY;
    let start = from;
    if (cells.length <= chains / 2 && size >= leastUnrolled) start = this.unrolled();
    if (size >= 4) start = this.loop(start, this.end(4), 4, cells, this.accumulators);
    this.rest(start);
    return this.accumulators;
  }

  /** Where a loop of this step ends: all of its steps lie inside of the bounds. */
  private end(step: number): Bound {
    return { ...this.to, constant: this.to.constant + 1 - step };
  }

  private loop(
    from: Bound,
    to: Bound,
    step: number,
    frames: readonly Frame[],
    accumulators: readonly number[],
    mask?: number,
  ): Bound {
    const { context, node, variable } = this;
    const range = { name: node.variable, variable, from, to, step };
    writeLoop(context.writer, range, () =>
      this.accumulate(context, node, frames, accumulators, mask),
    );
    return { local: variable, constant: 0 };
  }

  /** Where all lanes hold the same value, combining them must not count it four times. */
  private keepFirstLanes(): void {
    if (this.node.fn === 'max') return;
    for (const local of this.accumulators) {
      this.context.writer.emit(localGet(local), integers([-1, 0, 0, 0]), op.v128And);
      this.context.writer.emit(localSet(local));
    }
  }

  /** Independent accumulators hide the latency of additions where cells are few. */
  private unrolled(): Bound {
    const { context, node, cells, accumulators } = this;
    const { variable: name } = node;
    const copies = chains / cells.length;
    const frames = [...new Array(copies).keys()].flatMap((copy) =>
      cells.map((cell) => ({
        ...cell,
        offsets: withOffset(cell.offsets, name, 4 * copy),
        tile: withVarying(cell.tile, name),
      })),
    );
    const more = newAccumulators(context, node, frames.length - cells.length);
    const step = 4 * copies;
    const next = this.loop(this.from, this.end(step), step, frames, [...accumulators, ...more]);
    more.forEach((local, i) => {
      const target = accumulators[i % cells.length];
      context.writer.emit(localGet(target), localGet(local), stepOf(node), localSet(target));
    });
    return next;
  }

  /** The rest of the range: a masked vector if its size is constant, else number by number. */
  private rest(start: Bound): void {
    const { context, node, cells, accumulators, variable, size } = this;
    if (size === undefined) {
      const single = cells.map((cell) => ({ ...cell, ...oneValue }));
      this.loop(start, this.to, 1, single, accumulators, 1);
      return;
    }
    const left = size % 4;
    if (left === 0) return;
    const { writer } = context;
    writer.emit(i32Const(this.to.constant - left), localSet(variable));
    const frames = cells.map((cell) => ({ ...cell, count: left }));
    const { code } = writer.inside(new Map([[node.variable, variable]]), () =>
      this.accumulate(context, node, frames, accumulators, left),
    );
    writer.emit(code);
  }
}
