/** @file The WebAssembly instructions that kernels use, as bytes. */

import { type Bytes, float32, float64, signed, type, unsigned } from './module.ts';

const simd = (code: number): Bytes => [0xfd, ...unsigned(code)];

/**
 * Opcodes, each named as in the text format: `i32.lt_s` is `i32LtS`. Functions below add the
 * immediates of those that have them.
 */
export const op = {
  loop: [0x03],
  if: [0x04],
  else: [0x05],
  end: [0x0b],
  brIf: [0x0d],
  call: [0x10],
  select: [0x1b],
  localGet: [0x20],
  localSet: [0x21],
  localTee: [0x22],
  i32Load: [0x28],
  i32Const: [0x41],
  i32Ne: [0x47],
  i32LtS: [0x48],
  i32LtU: [0x49],
  i32GtS: [0x4a],
  i32Add: [0x6a],
  i32Sub: [0x6b],
  i32Mul: [0x6c],
  i32DivU: [0x6e],
  i32RemU: [0x70],
  i32Shl: [0x74],
  f32DemoteF64: [0xb6],
  f64PromoteF32: [0xbb],
  memoryCopy: [0xfc, 0x0a],
  v128Load: simd(0x00),
  v128Load32Splat: simd(0x09),
  v128Store: simd(0x0b),
  v128Const: simd(0x0c),
  i8x16Shuffle: simd(0x0d),
  i32x4Splat: simd(0x11),
  f32x4Splat: simd(0x13),
  i32x4ReplaceLane: simd(0x1c),
  f32x4ExtractLane: simd(0x1f),
  f32x4ReplaceLane: simd(0x20),
  i32x4LtU: simd(0x3a),
  f32x4Eq: simd(0x41),
  f32x4Ne: simd(0x42),
  f32x4Lt: simd(0x43),
  f32x4Gt: simd(0x44),
  f32x4Le: simd(0x45),
  f32x4Ge: simd(0x46),
  f64x2Eq: simd(0x47),
  f64x2Ge: simd(0x4c),
  v128And: simd(0x4e),
  v128Andnot: simd(0x4f),
  v128Or: simd(0x50),
  v128Xor: simd(0x51),
  v128Bitselect: simd(0x52),
  v128AnyTrue: simd(0x53),
  v128Load32Lane: simd(0x56),
  v128Store32Lane: simd(0x5a),
  v128Store64Lane: simd(0x5b),
  v128Load32Zero: simd(0x5c),
  f32x4DemoteF64x2Zero: simd(0x5e),
  f64x2PromoteLowF32x4: simd(0x5f),
  f64x2Floor: simd(0x75),
  f64x2Nearest: simd(0x94),
  i32x4Shl: simd(0xab),
  i32x4ShrS: simd(0xac),
  i32x4Add: simd(0xae),
  i32x4Sub: simd(0xb1),
  f32x4Abs: simd(0xe0),
  f32x4Neg: simd(0xe1),
  f32x4Sqrt: simd(0xe3),
  f32x4Add: simd(0xe4),
  f32x4Sub: simd(0xe5),
  f32x4Mul: simd(0xe6),
  f32x4Div: simd(0xe7),
  f32x4Min: simd(0xe8),
  f32x4Max: simd(0xe9),
  f32x4Pmin: simd(0xea),
  f32x4Pmax: simd(0xeb),
  f64x2Add: simd(0xf0),
  f64x2Sub: simd(0xf1),
  f64x2Mul: simd(0xf2),
  i32x4TruncSatF32x4S: simd(0xf8),
  f32x4ConvertI32x4S: simd(0xfa),
  /** x y + z, rounded once where the processor can, else twice. */
  f32x4RelaxedMadd: simd(0x105),
} as const satisfies Record<string, readonly number[]>;

/** Joins pieces of code. */
export const code = (...parts: readonly (readonly number[])[]): Bytes => parts.flat();

/** Pushes a local. */
export const localGet = (index: number): Bytes => [...op.localGet, ...unsigned(index)];
/** Pops into a local. */
export const localSet = (index: number): Bytes => [...op.localSet, ...unsigned(index)];
/** Copies the top of the stack to a local. */
export const localTee = (index: number): Bytes => [...op.localTee, ...unsigned(index)];
/** Calls the function of an index. */
export const call = (index: number): Bytes => [...op.call, ...unsigned(index)];
/** Pushes an integer. */
export const i32Const = (value: number): Bytes => [...op.i32Const, ...signed(value)];

/** Blocks take and leave nothing on the stack. */
const noResult = 0x40;
/** Opens a loop, which `op.end` closes. */
export const loop: Bytes = [...op.loop, noResult];
/** Opens a branch that runs if the popped number is not 0; `op.else` and `op.end` follow. */
export const ifThen: Bytes = [...op.if, noResult];
/** An `if` that leaves a vector on the stack, as its `else` does. */
export const ifVector: Bytes = [...op.if, type.v128];
/** Jumps to the start of a loop, 0 the innermost, if the popped number is not 0. */
export const branchIf = (depth: number): Bytes => [...op.brIf, ...unsigned(depth)];
/** Copies bytes: pops the target, the source and how many. */
export const memoryCopy: Bytes = [...op.memoryCopy, 0, 0];

/** Cells are aligned to four bytes, as its binary logarithm, and no more. */
const at = (offset: number): Bytes => [2, ...unsigned(offset)];

/** Pushes the integer at the popped pointer plus `offset` bytes, as do the loads below. */
export const i32Load = (offset: number): Bytes => [...op.i32Load, ...at(offset)];
/** Four cells. */
export const v128Load = (offset: number): Bytes => [...op.v128Load, ...at(offset)];
/** One cell in all four lanes. */
export const loadSplat = (offset: number): Bytes => [...op.v128Load32Splat, ...at(offset)];
/** One cell in lane 0, the others 0. */
export const loadFirst = (offset: number): Bytes => [...op.v128Load32Zero, ...at(offset)];
/** One cell in a lane of the popped vector. */
export const loadLane = (offset: number, lane: number): Bytes =>
  code(op.v128Load32Lane, at(offset), [lane]);
/** Stores four cells at a popped pointer plus `offset` bytes, as do the stores below. */
export const v128Store = (offset: number): Bytes => [...op.v128Store, ...at(offset)];
/** One lane. */
export const storeLane = (offset: number, lane: number): Bytes =>
  code(op.v128Store32Lane, at(offset), [lane]);
/** Lanes 0 and 1. */
export const storeHalf = (offset: number): Bytes => code(op.v128Store64Lane, at(offset), [0]);

/** The number in a lane. */
export const extractLane = (lane: number): Bytes => [...op.f32x4ExtractLane, lane];
/** The popped vector with the popped number in a lane. */
export const replaceLane = (lane: number): Bytes => [...op.f32x4ReplaceLane, lane];
/** The same for integers. */
export const replaceIntegerLane = (lane: number): Bytes => [...op.i32x4ReplaceLane, lane];

/** One number in all four lanes. */
export const floats = (value: number): Bytes =>
  code(op.v128Const, ...[0, 1, 2, 3].map(() => float32(value)));

/** One f64 number in both halves. */
export const doubles = (value: number): Bytes => code(op.v128Const, float64(value), float64(value));

const word = (value: number): Bytes => [0, 8, 16, 24].map((bits) => (value >>> bits) & 0xff);

/** Four integers. */
export const integers = (values: readonly number[]): Bytes =>
  code(op.v128Const, ...values.map(word));

/** Lanes 0 to 3 of the first vector and 4 to 7 of the second, in any order. */
export const shuffle = (lanes: readonly number[]): Bytes =>
  code(op.i8x16Shuffle, ...lanes.map((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte)));
