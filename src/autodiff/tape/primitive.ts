/** @file What a primitive is: one record, the only place that knows about the operation. */

import type { Expression, Fold } from '../kernel/expression.ts';
import type { Index } from '../kernel/index-expression.ts';
import type { Shape } from './shape.ts';
import { type Attributes, Tensor } from './tensor.ts';

/** An input as a kernel sees it: a function from a cell's position to its value. */
export interface Cell {
  readonly shape: Shape;
  /** The number at a position. */
  read(at: readonly Index[]): Expression;
  /** The address held at a position of an index tensor. */
  entry(at: readonly Index[], extent: number): Index;
}

/** How often a cell of an input is read: by one cell of the output, by many, or not at all. */
export type Reads = 'once' | 'many' | 'never';

export interface Primitive<A extends Attributes = Attributes> {
  readonly name: string;
  /**
   * `view` moves cells, `map` computes on them cell by cell, `fold` sums over many; `recurrence`
   * sums over earlier rows of its own result as well.
   */
  readonly family: 'view' | 'map' | 'fold' | 'recurrence';
  /** The shape of the result; throws a ShapeError naming the operation and the shapes. */
  shape(inputs: readonly Shape[], attributes: A): Shape;
  /**
   * The value at one position of the result. A recurrence computes its rows (the second-to-last
   * axis) in ascending order, and may read `own`, its result, in a fold over rows before its own.
   */
  cell(
    at: readonly Index[],
    inputs: readonly Cell[],
    attributes: A,
    fold: Fold,
    own: Cell,
  ): Expression;
  /** The cotangent of each input (null where there is none), in primitives again. */
  vjp(
    ct: Tensor,
    out: Tensor,
    inputs: readonly Tensor[],
    attributes: A,
  ): readonly (Tensor | null)[];
  /** Reads of each input; an input not listed is read once. It decides what may be fused. */
  reads?(inputs: readonly Shape[], attributes: A): readonly Reads[];
  /** The result is its first input: nothing is computed, only the derivative differs. */
  readonly alias?: true;
}

/** Every primitive by name, so that tests can go through all of them. */
export const primitives = new Map<string, Primitive>();

/** Enters a primitive into the table and returns the function that records it. */
export function define<A extends Attributes>(
  record: Primitive<A>,
): (inputs: readonly Tensor[], attributes: A) => Tensor {
  if (primitives.has(record.name)) {
    throw new Error(`internal: primitive ${record.name} is defined twice`);
  }
  const primitive = record as unknown as Primitive;
  primitives.set(record.name, primitive);
  return (inputs, attributes) => Tensor.record(primitive, inputs, attributes);
}
