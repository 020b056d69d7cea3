/** @file What a primitive is: one record, which no other code repeats any part of. */

import type { Expression, Fold } from '../kernel/expression.ts';
import type { Index } from '../kernel/index-expression.ts';
import { InternalError } from './internal-error.ts';
import { type Shape, ShapeError } from './shape.ts';
import { showValue } from './show-value.ts';
import { type Attributes, expectTensor, Tensor } from './tensor.ts';

/** An input as a kernel sees it: a function from a cell's position to its value. */
export interface Cell {
  readonly shape: Shape;
  /** The number at a position. */
  read(position: readonly Index[]): Expression;
  /** The address, below `extent`, at a position of an index tensor. */
  entry(position: readonly Index[], extent: number): Index;
}

/** How often a cell of an input is read: by one cell of the output, by many, or not at all. */
export type Reads = 'once' | 'many' | 'never';

/** How the cells of a result are computed: all that the compiler needs to know of a primitive. */
export interface Operation<A extends Attributes = Attributes> {
  readonly name: string;
  /**
   * `view` moves cells, `map` computes on them cell by cell, `fold` sums over many; `recurrence`
   * sums over earlier rows of its own result as well.
   */
  readonly family: 'view' | 'map' | 'fold' | 'recurrence';
  /**
   * The value at one position of the result. A recurrence computes its rows (the second-to-last
   * axis) in ascending order, and may read `result` in a fold over the rows before its own.
   */
  cell(
    position: readonly Index[],
    inputs: readonly Cell[],
    attributes: A,
    fold: Fold,
    result: Cell,
  ): Expression;
  /** Reads of each input, in order; an input beyond the list is read once. Fusion needs them. */
  readonly reads?: readonly Reads[];
}

/** An operation that can be recorded and differentiated. */
export interface Primitive<A extends Attributes = Attributes> extends Operation<A> {
  /** The shape of the result; throws a ShapeError naming the operation and the shapes. */
  shape(inputs: readonly Shape[], attributes: A): Shape;
  /** The cotangent of each input (null where there is none), in primitives again. */
  vjp(
    ct: Tensor,
    out: Tensor,
    inputs: readonly Tensor[],
    attributes: A,
  ): readonly (Tensor | null)[];
  /** The result is its first input: nothing is computed, only the derivative differs. */
  readonly alias?: true;
  /** No input has a derivative: what the result depends on is constant to whatever reads it. */
  readonly constant?: true;
}

type Named<N extends string, T> = { readonly [name in N]: T };

/**
 * A primitive that carries tensors which say what cells it uses, such as the arrays of a sparse
 * pattern: its inputs go by name. `N` names those that are differentiated, `I` those of the index,
 * `R` those of both that the kernel reads. `cell` is given these alone; the others serve shapes
 * and derivatives, so an input left out of `reads` by mistake does not compile.
 */
export interface IndexedPrimitive<
  N extends string,
  I extends string,
  R extends N | I,
  W extends I = never,
> extends Pick<Operation, 'name'> {
  readonly family: Exclude<Operation['family'], 'recurrence'>;
  readonly inputs: readonly N[];
  readonly index: readonly I[];
  /** Tensors of the index that hold numbers and not addresses; one that is left out is empty. */
  readonly weights?: readonly W[];
  readonly reads: Named<R, Exclude<Reads, 'never'>>;
  /** The shape of the result; throws a ShapeError naming the operation and the shapes. */
  shape(shapes: Named<N | I, Shape>): Shape;
  /** The value at one position of the result. */
  cell(position: readonly Index[], cells: Named<R, Cell>, fold: Fold): Expression;
  /** The cotangent of each input, in primitives again; the index has none. */
  vjp(ct: Tensor, inputs: Named<N, Tensor>, index: Named<I, Tensor>): Named<N, Tensor>;
}

/** Every primitive by name, so that tests can go through all of them. */
export const primitives = new Map<string, Primitive>();

/** Enters a primitive into the table and returns the function that records it. */
export function define<A extends Attributes>(
  primitive: Primitive<A>,
): (inputs: readonly Tensor[], attributes: A) => Tensor {
  if (primitives.has(primitive.name)) {
    throw new InternalError(`primitive ${primitive.name} is defined twice`);
  }
  // Tensors carry attributes of any primitive, and only this function pairs the two.
  const entry = primitive as unknown as Primitive;
  primitives.set(entry.name, entry);
  return (inputs, attributes) => Tensor.record(entry, inputs, attributes);
}

/** `define` for a primitive with an index; a record may have further fields, which are left out. */
export function defineIndexed<
  N extends string,
  I extends string,
  R extends N | I,
  W extends I = never,
>(
  primitive: IndexedPrimitive<N, I, R, W>,
): (
  inputs: Named<N, Tensor>,
  index: Named<Exclude<I, W>, Tensor> & Partial<Named<W, Tensor>>,
) => Tensor {
  const { name, family, inputs: inputNames, index: indexNames } = primitive;
  const names = [...inputNames, ...indexNames];
  const reads = new Map(Object.entries<Reads>(primitive.reads));
  const record = define({
    name,
    family,
    shape: (shapes) => primitive.shape(byName(names, shapes)),
    cell: (position, cells, _attributes, fold) =>
      primitive.cell(position, byName(names, cells), fold),
    vjp: (ct, _out, tensors) => {
      const index = tensors.slice(inputNames.length);
      const cotangents = primitive.vjp(ct, byName(inputNames, tensors), byName(indexNames, index));
      return [...inputNames.map((input) => cotangents[input]), ...index.map(() => null)];
    },
    reads: names.map((input) => reads.get(input) ?? 'never'),
  });
  const weights: readonly I[] = primitive.weights ?? [];
  return (inputs, index) => {
    const tensors = inputNames.map((input, i) => expectTensor(name, inputs[input], i));
    for (const input of indexNames) {
      const isWeight = weights.includes(input);
      const given: unknown = (index as Partial<Named<I, Tensor>> | undefined)?.[input];
      const tensor = given === undefined && isWeight ? noWeights : given;
      const fits = tensor instanceof Tensor && (tensor.kind === 'index' || isWeight);
      if (!fits) throw wrongIndex(name, input, index, tensor);
      tensors.push(tensor);
    }
    return record(tensors, {});
  };
}

const noWeights = Tensor.leaf([0], 'real', { host: new Float64Array(0) });

function wrongIndex(op: string, input: string, index: unknown, tensor: unknown): ShapeError {
  const got = tensor instanceof Tensor ? `a ${tensor.kind} tensor` : showValue(tensor);
  const whole = index instanceof Tensor || typeof index !== 'object' || index === null;
  return new ShapeError(
    `${op}: expected an index as rowIndex, distinctRows or sparsePattern make it, got ` +
      (whole ? showValue(index) : `${got} as its ${input}`),
  );
}

function byName<N extends string, T>(names: readonly N[], values: readonly T[]): Named<N, T> {
  const record = {} as { [name in N]: T };
  for (let i = 0; i < names.length; i++) record[names[i]] = values[i];
  return record;
}
