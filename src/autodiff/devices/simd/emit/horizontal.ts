/** @file Combines the lanes of accumulators. */

import { type } from '../wasm/module.ts';
import { localGet, localSet, shuffle } from '../wasm/opcodes.ts';
import type { FunctionWriter } from './function-writer.ts';

/** Combines the lanes of one vector by the instruction `step`; pushes the result in all lanes. */
export function horizontal(writer: FunctionWriter, x: number, step: readonly number[]): void {
  const half = writer.local(type.v128);
  writer.emit(localGet(x), localGet(x), localGet(x), shuffle([2, 3, 0, 1]), step, localSet(half));
  writer.emit(localGet(half), localGet(half), localGet(half), shuffle([1, 0, 3, 2]), step);
}

/** Combines the lanes of up to four vectors; pushes the result of vector `i` in lane `i`. */
export function transposed(
  writer: FunctionWriter,
  vectors: readonly number[],
  step: readonly number[],
): void {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => vectors[i] ?? vectors[0]);
  const [low, high] = [writer.local(type.v128), writer.local(type.v128)];
  const pair = (x: number, y: number, into: number) =>
    writer.emit(
      [...localGet(x), ...localGet(y), ...shuffle([0, 4, 1, 5])],
      [...localGet(x), ...localGet(y), ...shuffle([2, 6, 3, 7])],
      step,
      localSet(into),
    );
  pair(a, b, low);
  pair(c, d, high);
  writer.emit(
    [...localGet(low), ...localGet(high), ...shuffle([0, 1, 4, 5])],
    [...localGet(low), ...localGet(high), ...shuffle([2, 3, 6, 7])],
    step,
  );
}
