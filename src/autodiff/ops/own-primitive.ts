/** @file `primitive`: how users add operations of their own. */

import { type Expression, folder } from '../kernel/expression.ts';
import { extentOf, type Index, int, variable } from '../kernel/index-expression.ts';
import { type Cell, define, type Primitive, primitives } from '../tape/primitive.ts';
import { type Shape, ShapeError, sameShape, showShape } from '../tape/shape.ts';
import { showValue } from '../tape/show-value.ts';
import { type Attributes, expectTensor, type Tensor } from '../tape/tensor.ts';

const families = ['view', 'map', 'fold', 'recurrence'];

/**
 * Adds a primitive and returns the function that records it, from its inputs and attributes. The
 * record is all that there is to say of it: the shape of a result, the expression of one cell in the
 * words of `kernel`, the cotangents of its inputs in operations. It is then differentiated to any
 * order, fused, and compiled by every device. Programs are known by names, shapes and attributes: what
 * `cell` reads beside its arguments, such as a variable that changes, keeps its first value. Throws a
 * TypeError at a name that is taken, and at a record that lacks a part; what its functions return is
 * checked where it is used, and so is that `cell` reads within its inputs, as far as the ranges of the
 * indices say: that of a sum is the sum of their ranges.
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
    cell: (...given: Parameters<Primitive<A>['cell']>) => {
      expectReadsInside(name, record, given);
      return record.cell(...given);
    },
    vjp: (...given: Parameters<Primitive<A>['vjp']>) =>
      expectCotangents(name, given[2], record.vjp(...given)),
  }) as Primitive<A>;
  const recorded = define(own);
  return (inputs, attributes) => {
    if (Array.isArray(inputs)) return recorded(inputs, attributes);
    throw new TypeError(`${name}: expected a list of inputs, got ${showValue(inputs)}`);
  };
}

/**
 * Throws where a cell is no expression, or where it reads beside the cells of an input: devices do not
 * look. It is asked at positions of its own, since of those that a reader asks it at less is known.
 */
function expectReadsInside<A extends Attributes>(
  name: string,
  record: Primitive<A>,
  [, inputs, attributes, , result]: Parameters<Primitive<A>['cell']>,
): void {
  const position = result.shape.map((extent, axis) => variable(`p${axis}`, extent));
  const guarded = ({ shape }: Cell): Cell => {
    const inside = (at: readonly Index[]): Index => {
      expectInside(name, at, shape);
      return int(0);
    };
    return {
      shape,
      read: (at) => ({ kind: 'load', slot: 0, at: inside(at) }),
      entry: (at, extent) => ({ kind: 'entry', slot: 0, at: inside(at), extent }),
    };
  };
  const cell = record.cell(position, inputs.map(guarded), attributes, folder(), guarded(result));
  for (const index of indicesOf(expectExpression(name, cell))) {
    if (leastOf(index) >= 0) continue;
    throw new ShapeError(`primitive ${name}: cell: compares or counts with ${belowZero}`);
  }
}

const belowZero =
  'an index that may be negative: kernel.index.clampedShift and reverse make none that is';

function expectInside(name: string, at: readonly Index[], shape: Shape): void {
  const what = `primitive ${name}: cell: reads ${showShape(shape)}`;
  // Of a value without cells none is read.
  if (shape.includes(0)) return;
  if (at.length !== shape.length) {
    throw new ShapeError(`${what} at a position of ${at.length} axes`);
  }
  at.forEach((index, axis) => {
    if (!(leastOf(index) >= 0)) throw new ShapeError(`${what} along axis ${axis} at ${belowZero}`);
    if (extentOf(index) <= shape[axis]) return;
    throw new ShapeError(
      `${what} along axis ${axis} up to ${extentOf(index) - 1}: kernel.index.clampedShift and mod ` +
        'stay inside',
    );
  });
}

/** What an index is not below; -Infinity where its arithmetic is none of whole numbers from 0. */
function leastOf(index: Index): number {
  switch (index.kind) {
    case 'int':
      return Number.isInteger(index.value) ? index.value : -Infinity;
    case 'var':
    case 'entry':
      return 0;
    case 'add':
      return leastOf(index.x) + leastOf(index.y);
    case 'mul':
      return index.by >= 0 && Number.isInteger(index.by) ? leastOf(index.x) * index.by : -Infinity;
    case 'clampedShift':
      return index.extent > 0 && leastOf(index.x) > -Infinity ? 0 : -Infinity;
    case 'reverse':
      return leastOf(index.x) >= 0 && extentOf(index.x) <= index.extent ? 0 : -Infinity;
    default:
      return index.by >= 1 && leastOf(index.x) >= 0 ? 0 : -Infinity;
  }
}

/** The indices of an expression that are no addresses of cells. */
function indicesOf(e: Expression): Index[] {
  switch (e.kind) {
    case 'number':
    case 'load':
      return [];
    case 'unary':
      return indicesOf(e.x);
    case 'binary':
      return [e.x, e.y].flatMap(indicesOf);
    case 'select':
      return [e.test, e.yes, e.no].flatMap(indicesOf);
    case 'within':
      return [e.index];
    case 'reduce':
      return [e.from, e.to, ...indicesOf(e.body)];
  }
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
