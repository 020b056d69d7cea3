/** @file The tape: a tensor is a recorded operation, numbered in order; nothing is computed yet. */

import { InternalError } from './internal-error.ts';
import { isPlain, isTypedArray } from './plain.ts';
import type { Primitive } from './primitive.ts';
import { expectShape, type Shape, ShapeError, showShape, sizeOf } from './shape.ts';
import { showTensor } from './show-tensor.ts';
import { asTensor, showValue } from './show-value.ts';

/** Numbers on the host. */
export type HostArray = Float64Array | Float32Array | Int32Array;

/** Numbers in the memory of a device. */
export interface DeviceValue {
  readonly device: { readonly name: string };
  readonly buffer: object;
  /** How the tensor lost its numbers, such as `release`: whoever uses it after is told so. */
  lost?: string;
}

/** The value of a leaf: numbers on the host, or a buffer of a device. */
export type Value = { readonly host: HostArray } | DeviceValue;

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

/** The number that the next node of the tape gets: whatever exists already has a lower one. */
export const tapePosition = (): number => nodeCount;

/** Whose derivative rule recorded a node, in which reverse sweep: 1 of a gradient, 2 of a gradient's. */
export interface Origin {
  readonly order: number;
  /** The name and the number on the tape of the node that is differentiated. */
  readonly rule: string;
  readonly of: number;
}

let origin: Origin | null = null;

/** Records with another origin: `null` where no derivative rule is at work. */
export function recordedBy<T>(other: Origin | null, record: () => T): T {
  const before = origin;
  origin = other;
  try {
    return record();
  } finally {
    origin = before;
  }
}

/** What Node, Bun and Deno ask an object for before they print it. */
const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

/**
 * A node of the tape: an operation on other tensors, or a leaf with numbers. Its numbers are
 * computed when they are asked for, by `data`, `array`, `item`, or by `evaluate` for many tensors.
 */
export class Tensor {
  /** Position on the tape: an operation comes after all of its inputs. */
  readonly id = nodeCount++;
  /** The derivative rule that recorded it; `null` in a forward pass. */
  readonly origin: Origin | null = origin;

  private constructor(
    readonly primitive: Primitive | null,
    readonly inputs: readonly Tensor[],
    readonly attributes: Attributes,
    readonly shape: Shape,
    readonly kind: Kind,
    readonly value: Value | null,
  ) {}

  /** A tensor without history; `null` where it never gets numbers. */
  static leaf(shape: Shape, kind: Kind, value: Value | null): Tensor {
    return new Tensor(null, [], {}, shape, kind, value);
  }

  /** A parameter of a trace, whose numbers come with each run; messages call it `name`. */
  static placeholder(shape: Shape, kind: Kind, name: string): Tensor {
    return new Tensor(null, [], { name }, shape, kind, null);
  }

  /** The result of a primitive; throws its ShapeError if the operands or their shapes do not fit. */
  static record(primitive: Primitive, inputs: readonly Tensor[], attributes: Attributes): Tensor {
    const shapes = new Array<Shape>(inputs.length);
    for (let i = 0; i < inputs.length; i++) {
      shapes[i] = expectTensor(primitive.name, inputs[i], i).shape;
    }
    const own = ownAttributes(attributes);
    const shape = primitive.shape(shapes, own);
    expectShape(primitive.name, shape);
    const kind = primitive.alias ? inputs[0].kind : 'real';
    return new Tensor(primitive, inputs, own, shape, kind, null);
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
  array(): Promise<NestedNumbers> {
    return this.data().then((numbers) => nest(numbers, this.shape));
  }

  /** Computes a tensor of one cell: its number. Throws a ShapeError if there are more cells. */
  item(): Promise<number> {
    if (this.size === 1) return this.data().then(([number]) => number);
    const message = `item: expected one cell, got shape ${showShape(this.shape)}`;
    return Promise.reject(new ShapeError(message));
  }

  /** Throws a TypeError: JavaScript's operators know no tensors. */
  [Symbol.toPrimitive](hint: string): never {
    throw new TypeError(
      hint === 'string'
        ? 'a tensor has no text: print await x.array(), or console.log(x)'
        : "JavaScript's operators do not work on tensors: write add(x, y) for x + y, mul(x, y) " +
            'for x * y, greater(x, y) for x > y, equal(x, y) for x == y',
    );
  }

  /** Throws a TypeError, as all of JavaScript's ways to make a number of an object. */
  valueOf(): never {
    return this[Symbol.toPrimitive]('number');
  }

  /** Throws a TypeError, as all of JavaScript's ways to make a text of an object. */
  toString(): never {
    return this[Symbol.toPrimitive]('string');
  }

  /** Throws a TypeError: a tensor's numbers must be waited for. */
  toJSON(): never {
    throw new TypeError('a tensor is no JSON: write await x.array()');
  }

  /** What `console.log` prints: shape, kind, where the numbers are, and the numbers if few. */
  [inspect](): string {
    return showTensor(this);
  }
}

/**
 * The shape of an operand, `[]` for a number; throws a ShapeError that names the operation and the
 * position, from 0, of anything that is neither.
 */
export function operandShape(op: string, operand: unknown, position: number): Shape {
  if (operand instanceof Tensor) return operand.shape;
  if (typeof operand === 'number') return [];
  throw wrongOperand(op, operand, position, 'a tensor or a number');
}

/**
 * An operand as a tensor; throws a ShapeError that names the operation and the position, from 0, of
 * anything else.
 */
export function expectTensor(op: string, operand: unknown, position: number): Tensor {
  if (operand instanceof Tensor) return operand;
  throw wrongOperand(op, operand, position, 'a tensor');
}

const wrongOperand = (op: string, operand: unknown, position: number, expected: string) =>
  new ShapeError(
    `${op}: argument ${position + 1}: expected ${expected}, got ${showValue(operand)}` +
      asTensor(operand),
  );

/**
 * Attributes with their lists and records made anew: a shape, or the start of a slice, may be a list
 * that its owner goes on to write to. Those that are numbers alone, as most are, stay.
 */
function ownAttributes(attributes: Attributes): Attributes {
  let own: Record<string, unknown> | undefined;
  for (const name in attributes) {
    const value = attributes[name];
    if (typeof value !== 'object' || value === null) continue;
    own ??= { ...attributes };
    own[name] = copied(value);
  }
  return own ?? attributes;
}

/** A value with its lists and records made anew; what is neither stays. */
function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied);
  if (isTypedArray(value)) return value.slice();
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, copied(field)]));
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
 * A constant: nested arrays (`tensor([[1, 2]])`), a number, or flat numbers with a shape. The numbers
 * are copied: their owner may write to them afterwards. Throws a ShapeError at anything that is no
 * number, if rows differ in length, or if the size does not fit the shape.
 */
export function tensor(numbers: NestedNumbers | HostArray, shape?: Shape): Tensor {
  const typed = hostArray(numbers);
  if (typed) return constant(typed.slice(), shape ?? [typed.length], 'real');
  const flat: number[] = [];
  const inferred = flattenInto(flat, numbers, 0);
  return constant(Float64Array.from(flat), shape ?? inferred, 'real');
}

/**
 * A constant of cell addresses, which are copied; throws a ShapeError if they are no Int32Array, or if
 * their number does not fit the shape.
 */
export function indexTensor(numbers: Int32Array, shape?: Shape): Tensor {
  const addresses = expectAddresses('indexTensor', numbers);
  return constant(addresses.slice(), shape ?? [addresses.length], 'index');
}

/** A constant of addresses that takes over their list, which its maker writes to no more. */
export const ownAddresses = (list: Int32Array): Tensor => constant(list, [list.length], 'index');

/** Addresses; throws a ShapeError that names `what` unless they are an Int32Array, of any realm. */
export function expectAddresses(what: string, numbers: Int32Array): Int32Array {
  const typed = hostArray(numbers);
  if (typed instanceof Int32Array) return typed;
  throw new ShapeError(`${what}: expected an Int32Array, got ${showValue(numbers)}`);
}

const hostArrays = [Float64Array, Float32Array, Int32Array];

/**
 * A typed array of a kind that tensors keep, as one of this realm: those of a frame, or of the
 * sandbox of a test runner, are made by classes of their own, and get a view of the same memory.
 */
function hostArray(numbers: unknown): HostArray | undefined {
  if (!ArrayBuffer.isView(numbers)) return undefined;
  const Own = hostArrays.find(({ name }) => name === Reflect.get(numbers, Symbol.toStringTag));
  if (!Own || numbers instanceof Own) return Own && (numbers as HostArray);
  return new Own(numbers.buffer as ArrayBuffer, numbers.byteOffset, (numbers as HostArray).length);
}

function constant(host: HostArray, shape: Shape, kind: Kind): Tensor {
  expectShape('tensor', shape);
  if (host.length !== sizeOf(shape)) {
    throw new ShapeError(
      `tensor: shape ${showShape(shape)} holds ${sizeOf(shape)} numbers, got ${host.length}`,
    );
  }
  return Tensor.leaf([...shape], kind, { host });
}

/** No tensor has more axes; deeper arrays are a mistake, such as one that contains itself. */
const mostAxes = 64;

function flattenInto(flat: number[], numbers: unknown, axis: number): Shape {
  if (typeof numbers === 'number') {
    flat.push(numbers);
    return [];
  }
  if (!Array.isArray(numbers) || axis === mostAxes) {
    const typed = ArrayBuffer.isView(numbers)
      ? '; Float64Array.from(numbers, Number) is taken'
      : '';
    const mend = numbers instanceof Tensor ? '; concat joins tensors' : axis === 0 ? typed : '';
    const got = axis === mostAxes ? `more than ${mostAxes} axes` : showValue(numbers);
    throw new ShapeError(`tensor: expected numbers or nested arrays of them, got ${got}${mend}`);
  }
  let inner: Shape | null = null;
  for (const row of numbers) {
    const shape = flattenInto(flat, row, axis + 1);
    if (inner && showShape(inner) !== showShape(shape)) {
      throw new ShapeError(
        `tensor: rows differ in shape, got ${showShape(inner)} and ${showShape(shape)}`,
      );
    }
    inner = shape;
  }
  return [numbers.length, ...(inner ?? [])];
}
