/** @file What all reductions are told: their axes, and whether these stay. */

import { expectOptions } from '../tape/options.ts';
import { normalizeAxes } from '../tape/shape.ts';
import { expectTensor, type Tensor } from '../tape/tensor.ts';

/** Axes of a reduction: one, several (negative from the end), or all if left out. */
export type Axes = number | readonly number[];

/** Options of reductions. */
export interface ReduceOptions {
  /** Keeps each reduced axis with size 1. */
  readonly keepDims?: boolean;
}

/**
 * What a reduction is to do: its axes, sorted, and whether they stay. Throws a ShapeError or a
 * TypeError that names it at what is wrong; `others` are options that only it has.
 */
export function reduction(
  op: string,
  x: Tensor,
  axes: Axes | undefined,
  options: ReduceOptions,
  ...others: string[]
) {
  expectOptions(op, options, ['keepDims', ...others]);
  const { shape } = expectTensor(op, x, 0);
  return { over: normalizeAxes(op, shape, axes), keepDims: options.keepDims ?? false };
}
