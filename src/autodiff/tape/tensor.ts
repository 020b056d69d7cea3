/** @file The tape: a tensor is a recorded operation, numbered in order; nothing is computed yet. */

import { InternalError } from './internal-error.ts';
import type { Primitive } from './primitive.ts';
import { type Shape, ShapeError, showShape, sizeOf } from './shape.ts';

/** Numbers on the host. */
export type HostArray = Float64Array | Float32Array | Int32Array;

/** The value of a leaf: numbers on the host, or a buffer of a device. */
export type Value = { host: HostArray } | { device: object; buffer: object };

/**
 * A `real` tensor is f32 on devices and f64 on `reference`. An `index` tensor addresses cells and
 * has no gradient.
 */
export type Kind = 'real' | 'index';

/** What an operation is given beside its inputs, such as the axes of a sum; never a tensor. */
export type Attributes = Readonly<Record<string, unknown>>;

/** A number, or nested arrays of numbers in rows of equal length. */
export type NestedNumbers = number | readonly NestedNumbers[];

let nodeCount = 0;

/**
 * A node of the tape: an operation on other tensors, or a leaf with numbers. Its numbers are
 * computed when they are asked for, by `data`, `array`, `item`, or by `evaluate` for many tensors.
 */
export class Tensor {
  /** Position on the tape: an operation comes after all of its inputs. */
  readonly id = nodeCount++;

  private constructor(
    readonly primitive: Primitive | null,
    readonly inputs: readonly Tensor[],
    readonly attributes: Attributes,
    readonly shape: Shape,
    readonly kind: Kind,
    readonly value: Value | null,
  ) {}

  /** A tensor without history; `null` for a parameter whose numbers come with each run. */
  static leaf(shape: Shape, kind: Kind, value: Value | null): Tensor {
    return new Tensor(null, [], {}, shape, kind, value);
  }

  /** The result of a primitive; throws its ShapeError if the shapes do not fit. */
  static record(primitive: Primitive, inputs: readonly Tensor[], attributes: Attributes): Tensor {
    const shape = primitive.shape(
      inputs.map((input) => input.shape),
      attributes,
    );
    return new Tensor(primitive, inputs, attributes, shape, 'real', null);
  }

  /** Cells of the shape. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Computes the tensor on the default device: its numbers in row-major order. */
  data(): Promise<HostArray> {
    return evaluator(this);
  }

  /** Computes the tensor: nested arrays, or a number for a scalar. */
  async array(): Promise<NestedNumbers> {
    return nest(await this.data(), this.shape);
  }

  /** Computes a tensor of one cell: its number. Throws a ShapeError if there are more cells. */
  async item(): Promise<number> {
    if (this.size !== 1) {
      throw new ShapeError(`item: expected one cell, got shape ${showShape(this.shape)}`);
    }
    return (await this.data())[0];
  }
}

type Evaluator = (tensor: Tensor) => Promise<HostArray>;

let evaluator: Evaluator = () => {
  throw new InternalError('no evaluator is installed');
};

/** Sets what computes `data`: the tape knows no devices, so the module that does registers here. */
export function installEvaluator(evaluate: Evaluator): void {
  evaluator = evaluate;
}

function nest(data: HostArray, shape: Shape, axis = 0, offset = 0): NestedNumbers {
  if (axis === shape.length) return data[offset];
  const stride = sizeOf(shape.slice(axis + 1));
  return Array.from({ length: shape[axis] }, (_, i) =>
    nest(data, shape, axis + 1, offset + i * stride),
  );
}

/**
 * A constant: nested arrays (`tensor([[1, 2]])`), a number, or flat numbers with a shape. A typed
 * array is kept and not copied, so it must not change afterwards. Throws a ShapeError if rows
 * differ in length or the size does not fit the shape.
 */
export function tensor(numbers: NestedNumbers | HostArray, shape?: Shape): Tensor {
  if (ArrayBuffer.isView(numbers)) {
    return constant(numbers as HostArray, shape ?? [(numbers as HostArray).length], 'real');
  }
  const flat: number[] = [];
  const inferred = flattenInto(flat, numbers as NestedNumbers);
  return constant(Float64Array.from(flat), shape ?? inferred, 'real');
}

/** A constant of cell addresses; throws a ShapeError if the size does not fit the shape. */
export function indexTensor(numbers: Int32Array, shape: Shape = [numbers.length]): Tensor {
  return constant(numbers, shape, 'index');
}

function constant(host: HostArray, shape: Shape, kind: Kind): Tensor {
  if (host.length !== sizeOf(shape)) {
    throw new ShapeError(
      `tensor: shape ${showShape(shape)} holds ${sizeOf(shape)} numbers, got ${host.length}`,
    );
  }
  return Tensor.leaf(shape, kind, { host });
}

function flattenInto(flat: number[], numbers: NestedNumbers): Shape {
  if (typeof numbers === 'number') {
    flat.push(numbers);
    return [];
  }
  let inner: Shape | null = null;
  for (const row of numbers) {
    const shape = flattenInto(flat, row);
    if (inner && showShape(inner) !== showShape(shape)) {
      throw new ShapeError(
        `tensor: rows differ in shape, got ${showShape(inner)} and ${showShape(shape)}`,
      );
    }
    inner = shape;
  }
  return [numbers.length, ...(inner ?? [])];
}
