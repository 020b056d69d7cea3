/** @file The accumulators of a reduction: what they start from and add, bounds of their loop. */

import { type Affine, shifted } from '../plan/affine.ts';
import type { ReduceNode } from '../plan/node.ts';
import { type } from '../wasm/module.ts';
import { floats, localSet, op } from '../wasm/opcodes.ts';
import type { Frame } from './frame.ts';
import type { Bound } from './loops.ts';
import type { KernelContext } from './vector-code.ts';

/** Adds the body's values in the frames to the accumulators; `mask` cuts lanes off. */
export type Accumulate = (
  context: KernelContext,
  node: ReduceNode,
  frames: readonly Frame[],
  accumulators: readonly number[],
  mask?: number,
) => void;

/** What an accumulator starts from, in all lanes. */
export const identityOf = ({ fn }: ReduceNode) =>
  floats(fn === 'sum' ? 0 : Number.NEGATIVE_INFINITY);
/** The instruction that adds a vector to an accumulator. */
export const stepOf = ({ fn }: ReduceNode) => (fn === 'sum' ? op.f32x4Add : op.f32x4Max);

/** A bound of the loop of a frame: a constant, or a local computed before the loop. */
export function boundOf(context: KernelContext, address: Affine, offsets: Frame['offsets']): Bound {
  const x = shifted(address, offsets);
  if (x.terms.length === 0) return { constant: x.constant };
  const { writer, addresses } = context;
  const local = writer.local(type.i32);
  addresses.integer(x);
  writer.emit(localSet(local));
  return { local, constant: 0 };
}

/** Locals for accumulators, set to what they start from. */
export function newAccumulators(context: KernelContext, node: ReduceNode, count: number): number[] {
  const { writer } = context;
  return Array.from({ length: count }, () => {
    const local = writer.local(type.v128);
    writer.emit(identityOf(node), localSet(local));
    return local;
  });
}
