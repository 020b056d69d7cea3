/** @file `primitive`: how users add operations of their own. */

import type { Expression } from '../kernel/expression.ts';
import { define, type Primitive, primitives } from '../tape/primitive.ts';
import { ShapeError, sameShape, showShape } from '../tape/shape.ts';
import { showValue } from '../tape/show-value.ts';
import { type Attributes, expectTensor, type Tensor } from '../tape/tensor.ts';

const families = ['view', 'map', 'fold', 'recurrence'];

/**
 * Adds a primitive and returns the function that records it, from its inputs and attributes. The
 * record is all that there is to say of it: the shape of a result, the expression of one cell in the
 * words of `kernel`, the cotangents of its inputs in operations. It is then differentiated to any
 * order, fused, and compiled by every device. Programs are known by names, shapes and attributes: what
 * `cell` reads beside its arguments, such as a variable that changes, keeps its first value. Throws a TypeError at a name that is taken, and at a
 * record that lacks a part; what its functions return is checked where it is used.
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
  const own = Object.assign(Object.create(Object.getPrototypeOf(record)), record, {
    cell: (...given: Parameters<Primitive<A>['cell']>) =>
      expectExpression(name, record.cell(...given)),
    vjp: (...given: Parameters<Primitive<A>['vjp']>) =>
      expectCotangents(name, given[2], record.vjp(...given)),
  }) as Primitive<A>;
  const recorded = define(own);
  return (inputs, attributes) => {
    if (Array.isArray(inputs)) return recorded(inputs, attributes);
    throw new TypeError(`${name}: expected a list of inputs, got ${showValue(inputs)}`);
  };
}

/** An expression, as the words of `kernel` make it; anything else would be printed into kernels. */
function expectExpression(name: string, expression: Expression): Expression {
  const given: unknown = expression;
  if (typeof given === 'object' && given !== null && 'kind' in given) return expression;
  throw new TypeError(
    `primitive ${name}: cell: expected an expression in the words of kernel, got ${showValue(given)}`,
  );
}

/** Cotangents of the inputs, a tensor of the same shape or null for each. */
function expectCotangents(
  name: string,
  inputs: readonly Tensor[],
  cotangents: readonly (Tensor | null)[],
): readonly (Tensor | null)[] {
  const what = `primitive ${name}: vjp`;
  if (!Array.isArray(cotangents) || cotangents.length !== inputs.length) {
    throw new ShapeError(`${what}: expected a list of ${inputs.length}, one for each input`);
  }
  cotangents.forEach((cotangent: Tensor | null, i) => {
    if (cotangent === null) return;
    const { shape } = expectTensor(what, cotangent, i);
    if (sameShape(shape, inputs[i].shape)) return;
    throw new ShapeError(
      `${what}: of input ${i + 1}: expected ${showShape(inputs[i].shape)}, got ${showShape(shape)}`,
    );
  });
  return cotangents;
}
