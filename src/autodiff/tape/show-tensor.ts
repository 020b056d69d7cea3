/** @file A tensor as `console.log` prints it and as messages name it. */

import { type Shape, showShape, sizeOf } from './shape.ts';

/** What is shown of a tensor. */
interface Shown {
  readonly primitive: { readonly name: string } | null;
  readonly shape: Shape;
  readonly kind: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value:
    | { readonly host: ArrayLike<number> }
    | { readonly device: { readonly name: string }; readonly lost?: string }
    | null;
}

/** Tensors of no more cells are printed with their numbers. */
const fewCells = 64;

/** A tensor in a line: its shape, kind, where its numbers are, and these if they are few. */
export function showTensor(tensor: Shown): string {
  return `Tensor ${showShape(tensor.shape)} ${tensor.kind}, ${place(tensor)}`;
}

function place({ primitive, value, shape, attributes }: Shown): string {
  if (primitive) return `not computed: ${primitive.name}`;
  if (!value) return `without numbers: ${attributes.name}`;
  if ('device' in value) {
    return value.lost ? `without numbers after ${value.lost}` : `on ${value.device.name}`;
  }
  const few = value.host.length <= fewCells;
  return few ? `on the host: ${showNumbers(value.host, shape)}` : 'on the host';
}

function showNumbers(numbers: ArrayLike<number>, shape: Shape, offset = 0): string {
  if (shape.length === 0) return Object.is(numbers[offset], -0) ? '-0' : `${numbers[offset]}`;
  const [rows, ...inner] = shape;
  const stride = sizeOf(inner);
  const shown = Array.from({ length: rows }, (_, i) =>
    showNumbers(numbers, inner, offset + i * stride),
  );
  return `[${shown.join(', ')}]`;
}

/** A tensor as messages name it, such as `the result of exp, [3]`. */
export function nameOf({ primitive, shape, attributes }: Shown): string {
  const shown = showShape(shape);
  if (!primitive) return attributes.name ? `${attributes.name}, ${shown}` : `a constant, ${shown}`;
  if (primitive.name === 'identity') return `an argument of grad, vjp or jvp, ${shown}`;
  return `the result of ${primitive.name}, ${shown}`;
}
