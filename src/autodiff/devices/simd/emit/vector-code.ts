/** @file Writes the arithmetic of a vector of four values, each computed once where it is known. */

import type { BinaryFunction } from '../../../kernel/expression.ts';
import {
  type Affine,
  type Lanes,
  laneCoefficient,
  lanesOf,
  shifted,
  unclampedLanes,
} from '../plan/affine.ts';
import type { LoadNode, Node } from '../plan/node.ts';
import { type } from '../wasm/module.ts';
import {
  call,
  floats,
  i32Const,
  integers,
  loadFirst,
  loadLane,
  loadSplat,
  localGet,
  localSet,
  localTee,
  op,
  replaceIntegerLane,
  v128Load,
} from '../wasm/opcodes.ts';
import type { MathFunction } from '../wasm/transcendental.ts';
import type { Addresses } from './addresses.ts';
import { type Frame, keyIn, withOffset } from './frame.ts';
import type { FunctionWriter } from './function-writer.ts';

/** What the parts that write one kernel function share. */
export interface KernelContext {
  readonly writer: FunctionWriter;
  readonly addresses: Addresses;
  /** Variables that differ between the vectors written together. */
  readonly varying: Set<string>;
  /** Loads that read a packed panel instead. */
  readonly packed: Map<Node, Packed>;
  /** How many nodes and stores use each node. */
  readonly uses: ReadonlyMap<Node, number>;
  /** A product and a sum may be one instruction. */
  readonly relaxed: boolean;
  /** Where a sum is taken part by part, writes the accumulator that it goes on from. */
  readonly resume?: (frame: Frame) => number;
  /** The index of a function that the kernels of the module share. */
  mathFunction(name: MathFunction): number;
}

/** Where a packed load finds its vectors in the scratch memory. */
export interface Packed {
  readonly place: number;
  /** The address of the vector at an offset of x. */
  at(x: number): Affine;
}

type BinaryNode = Extract<Node, { kind: 'binary' }>;

const comparisons = { less: op.f32x4Lt, lessEqual: op.f32x4Le, equal: op.f32x4Eq } as const;

const isComparison = (fn: BinaryFunction): fn is keyof typeof comparisons => fn in comparisons;

const arithmetic = {
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
  if (isInline(context, node)) {
    compute(context, node, frame);
    return;
  }
  const level = writer.levelOf(node.depends);
  writer.once(keyIn(node, frame), level, type.v128, () => compute(context, node, frame));
}

/** Whether a value is used right where it is computed, and nowhere else. */
function isInline({ writer, varying, uses }: KernelContext, node: Node): boolean {
  return (
    uses.get(node) === 1 &&
    node.kind !== 'reduce' &&
    writer.levelOf(node.depends) === writer.level &&
    [...varying].every((name) => node.depends.has(name))
  );
}

/** Whether a value is a product that an addition to it may take in. */
export function isFusedProduct(context: KernelContext, node: Node): boolean {
  return context.relaxed && node.kind === 'binary' && isProduct(node) && isInline(context, node);
}

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
      load(context, node, frame);
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

/** A condition as a number. */
function truth(context: KernelContext, node: Node, frame: Frame): void {
  pushMask(context, node, frame);
  context.writer.emit(floats(1), op.v128And);
}

/** Pushes a condition: all bits of a lane, or none. */
export function pushMask(context: KernelContext, node: Node, frame: Frame): void {
  const { writer } = context;
  const level = writer.levelOf(node.depends);
  writer.once(`m${keyIn(node, frame)}`, level, type.v128, () => {
    if (node.kind === 'within') within(context, node, frame);
    else if (node.kind === 'binary' && isComparison(node.fn)) {
      for (const input of node.inputs) pushValue(context, input, frame);
      writer.emit(comparisons[node.fn]);
    } else {
      pushValue(context, node, frame);
      writer.emit(floats(0), op.f32x4Ne);
    }
  });
}

function unary(
  { writer, mathFunction }: KernelContext,
  fn: (Node & { kind: 'unary' })['fn'],
): void {
  switch (fn) {
    case 'neg':
      writer.emit(op.f32x4Neg);
      return;
    case 'abs':
      writer.emit(op.f32x4Abs);
      return;
    case 'sqrt':
      writer.emit(op.f32x4Sqrt);
      return;
    case 'floor':
      writer.emit(op.f32x4Floor);
      return;
    case 'sign': {
      // Zeros of either sign and NaN are their own sign.
      const x = writer.local(type.v128);
      writer.emit(localTee(x), integers([0, 0, 0, 0].fill(-0x80000000)), op.v128And);
      writer.emit(floats(1), op.v128Or, localGet(x));
      writer.emit(localGet(x), op.f32x4Abs, floats(0), op.f32x4Gt, op.v128Bitselect);
      return;
    }
    default:
      writer.emit(call(mathFunction(fn)));
  }
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
  const product = fn === 'add' && node.inputs.find((input) => isFusedProduct(context, input));
  if (product) {
    pushFactors(context, product, frame);
    pushValue(context, product === x ? y : x, frame);
    writer.emit(op.f32x4RelaxedMadd);
    return;
  }
  pushValue(context, x, frame);
  pushValue(context, y, frame);
  if (fn === 'pow') writer.emit(call(context.mathFunction('pow')));
  else writer.emit(arithmetic[fn]);
}

function load(context: KernelContext, node: LoadNode, frame: Frame): void {
  const { writer, addresses } = context;
  const packed = frame.lane === 'x' ? context.packed.get(node) : undefined;
  if (packed) {
    const at = packed.at(frame.offsets.get('x') ?? 0);
    writer.emit(v128Load(addresses.pointer(packed.place, at)));
    return;
  }
  const at = shifted(node.at, frame.offsets);
  const lanes: Lanes = lanesOf(at, frame.lane, frame.aligned);
  if (lanes === 'scattered') gather(context, node.place, at, frame);
  else {
    const from = lanes === 'uniform' ? at : unclampedLanes(at, frame.lane as string);
    const offset = addresses.pointer(node.place, from);
    writer.emit(lanes === 'uniform' ? loadSplat(offset) : v128Load(offset));
  }
  if (node.integer) writer.emit(op.f32x4ConvertI32x4S);
}

/** Pushes the pointer to each lane and loads it; lanes beyond the count are left 0. */
function gather({ writer, addresses }: KernelContext, place: number, at: Affine, frame: Frame) {
  const result = writer.local(type.v128);
  for (let lane = 0; lane < frame.count; lane++) {
    const offsets = withOffset(new Map(), frame.lane as string, lane);
    const offset = addresses.pointer(place, shifted(at, offsets));
    if (lane === 0) writer.emit(loadFirst(offset));
    else writer.emit(localGet(result), loadLane(offset, lane));
    writer.emit(localSet(result));
  }
  writer.emit(localGet(result));
}

function within(
  { writer, addresses }: KernelContext,
  { index, from, to }: Extract<Node, { kind: 'within' }>,
  frame: Frame,
): void {
  const at = shifted(index, frame.offsets);
  const { lane } = frame;
  const step = lane === null ? 0 : laneCoefficient(at, lane, frame.aligned);
  // Below zero is far above as an unsigned number, so one comparison does.
  const low = { ...at, constant: at.constant - from };
  if (step === 0) {
    writer.emit(i32Const(0));
    addresses.integer(low);
    writer.emit(i32Const(to - from), op.i32LtU, op.i32Sub, op.i32x4Splat);
    return;
  }
  if (step !== null) {
    addresses.integer(low);
    writer.emit(op.i32x4Splat, integers([0, step, 2 * step, 3 * step]), op.i32x4Add);
  } else {
    writer.emit(integers([0, 0, 0, 0]));
    for (let i = 0; i < frame.count; i++) {
      addresses.integer(shifted(low, withOffset(new Map(), lane as string, i)));
      writer.emit(replaceIntegerLane(i));
    }
  }
  writer.emit(integers([0, 0, 0, 0].fill(to - from)), op.i32x4LtU);
}
