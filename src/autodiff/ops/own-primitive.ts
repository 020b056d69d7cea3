/** @file `primitive`: how users add operations of their own. */

import { define, type Primitive, primitives } from '../tape/primitive.ts';
import type { Attributes, Tensor } from '../tape/tensor.ts';

const families = ['view', 'map', 'fold', 'recurrence'];

/**
 * Adds a primitive and returns the function that records it, from its inputs and attributes. The
 * record is all that there is to say of it: the shape of a result, the expression of one cell in the
 * words of `kernel`, the cotangents of its inputs in operations. It is then differentiated to any
 * order, fused, and compiled by every device. Throws a TypeError at a name that is taken, and at a
 * record that lacks a part.
 */
export function primitive<A extends Attributes = Attributes>(
  record: Primitive<A>,
): (inputs: readonly Tensor[], attributes: A) => Tensor {
  const { name, family } = record;
  if (typeof name !== 'string' || name === '') {
    throw new TypeError(`primitive: name: expected a text, got ${name}`);
  }
  if (primitives.has(name)) {
    throw new TypeError(`primitive: the name ${name} is taken, give another`);
  }
  if (!families.includes(family)) {
    throw new TypeError(
      `primitive ${name}: family: expected ${families.join(', ')}, got ${family}`,
    );
  }
  for (const part of ['shape', 'cell', 'vjp'] as const) {
    if (typeof record[part] !== 'function') {
      throw new TypeError(`primitive ${name}: ${part}: expected a function, got ${record[part]}`);
    }
  }
  return define(record);
}
