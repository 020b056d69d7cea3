/** @file Writes reduction loops for several cells at once, whose lanes count on tile or loop. */

import { fullKey, shifted } from '../plan/affine.ts';
import { laneChoice, loopAxis } from '../plan/lane-choice.ts';
import { outerReductions } from '../plan/nest.ts';
import type { Node, ReduceNode } from '../plan/node.ts';
import { maxAccumulators } from '../tuning.ts';
import { type } from '../wasm/module.ts';
import { integers, localGet, localSet, op } from '../wasm/opcodes.ts';
import { type Accumulate, boundOf, identityOf, newAccumulators, stepOf } from './accumulators.ts';
import { CellLoops } from './cell-loops.ts';
import { type Frame, frameFor, keyIn, oneValue, withOffset, withVarying } from './frame.ts';
import { horizontal, transposed } from './horizontal.ts';
import { writeLoop } from './loops.ts';
import { isFusedProduct, type KernelContext, pushFactors, pushValue } from './vector-code.ts';

/** Computes the reductions that the values of nodes in frames are computed from. */
export function prepareReductions(
  context: KernelContext,
  nodes: readonly Node[],
  frames: readonly Frame[],
): void {
  for (const node of outerReductions(nodes)) reduce(context, node, frames);
}

function reduce(context: KernelContext, node: ReduceNode, frames: readonly Frame[]): void {
  const { writer } = context;
  const level = writer.levelOf(node.depends);
  const wanted = new Map<string, Frame>();
  for (const frame of frames) {
    const wantedFrame = frameFor(node, frame);
    const key = keyIn(node, wantedFrame);
    if (writer.remembered(key, level) === undefined) wanted.set(key, wantedFrame);
  }
  if (wanted.size === 0) return;
  writer.at(level, () => {
    for (const part of byBounds(node, [...wanted.values()])) reduceTogether(context, node, part);
  });
}

/** Only vectors whose loops run over the same range can share one. */
function byBounds(node: ReduceNode, frames: readonly Frame[]): Frame[][] {
  const parts = new Map<string, Frame[]>();
  for (const frame of frames) {
    const key = [node.from, node.to].map((x) => fullKey(shifted(x, frame.offsets))).join();
    parts.set(key, [...(parts.get(key) ?? []), frame]);
  }
  return [...parts.values()];
}

function reduceTogether(context: KernelContext, node: ReduceNode, frames: readonly Frame[]) {
  const choice = laneChoice(node, frames[0], frames[0].tile.packed);
  const size = choice === 'tile' || frames[0].lane === null ? maxAccumulators : maxAccumulators / 4;
  for (let i = 0; i < frames.length; i += size) {
    const chunk = frames.slice(i, i + size);
    const results =
      choice === 'tile'
        ? alongTile(context, node, chunk)
        : chunk.map(() => context.writer.local(type.v128));
    if (choice !== 'tile') acrossCells(context, node, chunk, results, choice === 'loop');
    chunk.forEach((frame, j) => {
      context.writer.remember(keyIn(node, frame), results[j]);
    });
  }
}

/** One accumulator for each vector of the tile, the loop one by one. */
function alongTile(context: KernelContext, node: ReduceNode, frames: readonly Frame[]): number[] {
  const { writer, partial } = context;
  const accumulators =
    partial?.sum === node
      ? frames.map((frame) => partial.resume(frame))
      : newAccumulators(context, node, frames.length);
  const from = boundOf(context, node.from, frames[0].offsets);
  const to = boundOf(context, node.to, frames[0].offsets);
  const variable = writer.local(type.i32);
  writeLoop(writer, { name: node.variable, variable, from, to, step: 1 }, () =>
    accumulate(context, node, frames, accumulators),
  );
  return accumulators;
}

const accumulate: Accumulate = (context, node, frames, accumulators, mask) => {
  const { writer } = context;
  prepareReductions(context, [node.body], frames);
  frames.forEach((frame, i) => {
    const bodyFrame = frameFor(node.body, frame);
    if (node.fn === 'sum' && mask === undefined && isFusedProduct(context, node.body, frame)) {
      pushFactors(context, node.body, bodyFrame);
      writer.emit(localGet(accumulators[i]), op.f32x4RelaxedMadd, localSet(accumulators[i]));
      return;
    }
    writer.emit(localGet(accumulators[i]));
    pushValue(context, node.body, bodyFrame);
    if (mask !== undefined) {
      const lanes = integers([0, 1, 2, 3].map((lane) => (lane < mask ? -1 : 0)));
      if (node.fn === 'sum') writer.emit(lanes, op.v128And);
      else writer.emit(identityOf(node), lanes, op.v128Bitselect);
    }
    writer.emit(stepOf(node), localSet(accumulators[i]));
  });
};

/** The cells of a vector one by one: as frames along the loop, or of a single value. */
function cellsOf(node: ReduceNode, frame: Frame, lanes: boolean): Frame[] {
  const axis = lanes ? { ...loopAxis(node), count: 4 } : oneValue;
  const { lane, offsets, tile } = frame;
  if (lane === null) return [{ ...axis, offsets, tile }];
  const varying = withVarying(tile, lane);
  return Array.from({ length: frame.count }, (_, cell) => ({
    ...axis,
    offsets: withOffset(offsets, lane, cell),
    tile: varying,
  }));
}

/** Reduces cell by cell, several in one loop where their bounds are equal. */
function acrossCells(
  context: KernelContext,
  node: ReduceNode,
  frames: readonly Frame[],
  results: readonly number[],
  lanes: boolean,
): void {
  const { writer } = context;
  const cells = frames.map((frame) => cellsOf(node, frame, lanes));
  const { lane } = frames[0];
  const together = lane === null || !(node.from.depends.has(lane) || node.to.depends.has(lane));
  const groups = together ? [cells.flat()] : cells.flat().map((cell) => [cell]);
  const sums = groups.flatMap((group) =>
    new CellLoops(context, node, group, lanes, accumulate).write(),
  );
  let next = 0;
  cells.forEach((cellsOfVector, i) => {
    const parts = cellsOfVector.map(() => sums[next++]);
    if (frames[i].lane === null) horizontal(writer, parts[0], stepOf(node));
    else transposed(writer, parts, stepOf(node));
    writer.emit(localSet(results[i]));
  });
}
