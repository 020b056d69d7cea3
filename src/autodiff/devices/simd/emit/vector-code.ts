/** @file Writes the arithmetic of vectors, each value in the outermost loop that it can be. */

import type { BinaryFunction, UnaryFunction } from '../../../kernel/expression.ts';
import type { Node } from '../plan/node.ts';
import type { CalledFunction } from '../wasm/called.ts';
import { type } from '../wasm/module.ts';
import { call, floats, integers, localGet, localTee, op } from '../wasm/opcodes.ts';
import { transcendental } from '../wasm/transcendental.ts';
import type { Addresses } from './addresses.ts';
import { type Frame, keyIn } from './frame.ts';
import type { FunctionWriter } from './function-writer.ts';
import { pushLoad, pushWithin } from './loads.ts';

/** What the parts that write one kernel function share. */
export interface KernelContext {
  readonly writer: FunctionWriter;
  readonly addresses: Addresses;
  /** How many nodes and stores use each node. */
  readonly uses: ReadonlyMap<Node, number>;
  /** A product and a sum may be one instruction. */
  readonly relaxed: boolean;
  /** A sum that is taken in parts; `resume` writes the accumulator that the part goes on from. */
  readonly partial?: { readonly sum: Node; resume(frame: Frame): number };
  /** The index of a function that the kernels of the module share. */
  indexOf(name: CalledFunction): number;
}

type BinaryNode = Extract<Node, { kind: 'binary' }>;

const comparisons = { less: op.f32x4Lt, lessEqual: op.f32x4Le, equal: op.f32x4Eq } as const;

const isComparison = (fn: BinaryFunction): fn is keyof typeof comparisons => fn in comparisons;

const instructions = {
  neg: op.f32x4Neg,
  abs: op.f32x4Abs,
  sqrt: op.f32x4Sqrt,
  add: op.f32x4Add,
  sub: op.f32x4Sub,
  mul: op.f32x4Mul,
  div: op.f32x4Div,
  max: op.f32x4Max,
  min: op.f32x4Min,
} as const;

/** Pushes the value of a node in a frame. */
export function pushValue(context: KernelContext, node: Node, frame: Frame): void {
  const { writer } = context;
  if (isInline(context, node, frame)) {
    compute(context, node, frame);
    return;
  }
  const level = writer.levelOf(node.depends);
  writer.once(keyIn(node, frame), level, type.v128, () => compute(context, node, frame));
}

/** Whether a value is used where it is computed, by one vector alone, and needs no local. */
function isInline({ writer, uses }: KernelContext, node: Node, { tile }: Frame): boolean {
  return (
    uses.get(node) === 1 &&
    node.kind !== 'reduce' &&
    writer.levelOf(node.depends) === writer.level &&
    [...tile.varying].every((name) => node.depends.has(name))
  );
}

/** Whether a value is a product that becomes one instruction with the sum it is added to. */
export const isFusedProduct = (context: KernelContext, node: Node, frame: Frame): boolean =>
  context.relaxed && node.kind === 'binary' && isProduct(node) && isInline(context, node, frame);

const isProduct = ({ fn, inputs: [, y] }: BinaryNode): boolean =>
  fn === 'mul' || (fn === 'pow' && isTwo(y));

const isTwo = (node: Node): boolean => node.kind === 'number' && node.value === 2;

/** Pushes the two factors of a product. */
export function pushFactors(context: KernelContext, node: Node, frame: Frame): void {
  const { writer } = context;
  const { fn, inputs } = node as BinaryNode;
  pushValue(context, inputs[0], frame);
  if (fn === 'mul') pushValue(context, inputs[1], frame);
  else {
    const base = writer.local(type.v128);
    writer.emit(localTee(base), localGet(base));
  }
}

function compute(context: KernelContext, node: Node, frame: Frame): void {
  const { writer } = context;
  switch (node.kind) {
    case 'number':
      writer.emit(floats(node.value));
      return;
    case 'load':
      pushLoad(context, node, frame);
      return;
    case 'unary':
      pushValue(context, node.inputs[0], frame);
      unary(context, node.fn);
      return;
    case 'binary':
      if (isComparison(node.fn)) truth(context, node, frame);
      else binary(context, node, node.fn, frame);
      return;
    case 'select':
      pushValue(context, node.inputs[1], frame);
      pushValue(context, node.inputs[2], frame);
      pushMask(context, node.inputs[0], frame);
      writer.emit(op.v128Bitselect);
      return;
    case 'within':
      truth(context, node, frame);
      return;
    case 'reduce':
      throw new Error('internal: a reduction is used before it is computed');
  }
}

/** Pushes a condition as a number: 1 or 0. */
function truth(context: KernelContext, node: Node, frame: Frame): void {
  pushMask(context, node, frame);
  context.writer.emit(floats(1), op.v128And);
}

/** Pushes a condition: all bits of a lane, or none. */
export function pushMask(context: KernelContext, node: Node, frame: Frame): void {
  const { writer } = context;
  const level = writer.levelOf(node.depends);
  writer.once(`m${keyIn(node, frame)}`, level, type.v128, () => {
    if (node.kind === 'within') pushWithin(context, node, frame);
    else if (node.kind === 'binary' && isComparison(node.fn)) {
      for (const input of node.inputs) pushValue(context, input, frame);
      writer.emit(comparisons[node.fn]);
    } else {
      pushValue(context, node, frame);
      writer.emit(floats(0), op.f32x4Ne);
    }
  });
}

function unary({ writer, indexOf }: KernelContext, fn: UnaryFunction): void {
  if (fn === 'neg' || fn === 'abs' || fn === 'sqrt') writer.emit(instructions[fn]);
  else if (fn === 'sign') sign(writer);
  else if (fn === 'sin' || fn === 'cos') writer.emit(call(indexOf(fn)));
  else {
    const { locals, body } = transcendental[fn];
    writer.emit(body(Array.from({ length: locals }, () => writer.local(type.v128))));
  }
}

/** Replaces the vector on the stack by its signs; zeros of either sign and NaN stay. */
function sign(writer: FunctionWriter): void {
  const x = writer.local(type.v128);
  writer.emit(localTee(x), integers([0, 0, 0, 0].fill(-0x80000000)), op.v128And);
  writer.emit(floats(1), op.v128Or, localGet(x));
  writer.emit(localGet(x), op.f32x4Abs, floats(0), op.f32x4Gt, op.v128Bitselect);
}

function binary(
  context: KernelContext,
  node: BinaryNode,
  fn: Exclude<BinaryFunction, keyof typeof comparisons>,
  frame: Frame,
): void {
  const { writer } = context;
  if (isProduct(node)) {
    pushFactors(context, node, frame);
    writer.emit(op.f32x4Mul);
    return;
  }
  const [x, y] = node.inputs;
  const product =
    fn === 'add' && node.inputs.find((input) => isFusedProduct(context, input, frame));
  if (product) {
    pushFactors(context, product, frame);
    pushValue(context, product === x ? y : x, frame);
    writer.emit(op.f32x4RelaxedMadd);
    return;
  }
  pushValue(context, x, frame);
  pushValue(context, y, frame);
  if (fn === 'pow') writer.emit(call(context.indexOf('pow')));
  else writer.emit(instructions[fn]);
}
