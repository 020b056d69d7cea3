/** @file What the precision of a device means for the numbers that it gives. */

import type { Device } from '../devices/device.ts';
import { cellsOf, type Tree } from '../tape/tree.ts';

/** By the name of a precision. */
export const precisions = {
  f32: {
    bytes: 4,
    /** From 1 to the next number. */
    epsilon: 2 ** -23,
    /** What holds such numbers on the host. */
    Numbers: Float32Array,
    round: Math.fround,
  },
  f64: {
    bytes: 8,
    epsilon: Number.EPSILON,
    Numbers: Float64Array,
    round: (value: number): number => value,
  },
} as const;

/** Bytes that a tree takes on a device. */
export const treeBytes = (tree: Tree, { precision }: Device): number =>
  cellsOf(tree) * precisions[precision].bytes;
