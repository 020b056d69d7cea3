/** @file Writes counted loops. */

import type { Bytes } from '../wasm/module.ts';
import {
  branchIf,
  i32Const,
  ifThen,
  localGet,
  localSet,
  localTee,
  loop,
  op,
} from '../wasm/opcodes.ts';
import type { FunctionWriter } from './function-writer.ts';

/** A constant, or a local plus a constant. */
export interface Bound {
  readonly local?: number;
  readonly constant: number;
}

/** Pushes a bound. */
export const boundCode = ({ local, constant }: Bound): Bytes => {
  if (local === undefined) return i32Const(constant);
  return constant === 0
    ? localGet(local)
    : [...localGet(local), ...i32Const(constant), ...op.i32Add];
};

/** `for (variable = from; variable < to; variable += step)`. */
export interface LoopRange {
  readonly name: string;
  /** The local that counts; the loop leaves it at the first value not below `to`. */
  readonly variable: number;
  readonly from: Bound;
  readonly to: Bound;
  readonly step: number;
}

/** Writes a loop. Pointers that follow its variable are moved on at the end of each iteration. */
export function writeLoop(writer: FunctionWriter, range: LoopRange, body: () => void): void {
  const { name, variable, from, to, step } = range;
  // A bound may be the local of the variable itself, which is not set again then.
  const end = boundCode(to);
  if (from.local !== variable || from.constant !== 0) {
    writer.emit(boundCode(from), localSet(variable));
  }
  const inner = writer.inside(new Map([[name, variable]]), body, step);
  const runs = from.local === undefined && to.local === undefined && from.constant < to.constant;
  if (!runs) writer.emit(localGet(variable), end, op.i32LtS, ifThen);
  writer.emit(loop, inner.code, inner.step);
  writer.emit(localGet(variable), i32Const(step), op.i32Add, localTee(variable));
  writer.emit(end, op.i32LtS, branchIf(0), op.end);
  if (!runs) writer.emit(op.end);
}
