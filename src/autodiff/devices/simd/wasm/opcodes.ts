/** @file The WebAssembly instructions that kernels use, as bytes. */

import { type Bytes, float32, float64, signed, unsigned } from './module.ts';

const simd = (code: number): Bytes => [0xfd, ...unsigned(code)];

/** Instructions without immediates. */
export const op = {
  end: [0x0b],
  else: [0x05],
  return: [0x0f],
  select: [0x1b],
  i32Eqz: [0x45],
  i32Eq: [0x46],
  i32Ne: [0x47],
  i32LtS: [0x48],
  i32LtU: [0x49],
  i32GtS: [0x4a],
  i32LeS: [0x4c],
  i32GeS: [0x4e],
  i32Add: [0x6a],
  i32Sub: [0x6b],
  i32Mul: [0x6c],
  i32DivU: [0x6e],
  i32RemU: [0x70],
  i32And: [0x71],
  i32Shl: [0x74],
  i32TruncF32: [0xfc, 0x00],
  memoryCopy: [0xfc, 0x0a, 0x00, 0x00],
  i32x4Splat: simd(0x11),
  f32x4Splat: simd(0x13),
  i32x4Eq: simd(0x37),
  i32x4LtU: simd(0x3a),
  i32x4GtS: simd(0x3b),
  f32x4Eq: simd(0x41),
  f32x4Ne: simd(0x42),
  f32x4Lt: simd(0x43),
  f32x4Gt: simd(0x44),
  f32x4Le: simd(0x45),
  f32x4Ge: simd(0x46),
  v128Not: simd(0x4d),
  v128And: simd(0x4e),
  v128AndNot: simd(0x4f),
  v128Or: simd(0x50),
  v128Xor: simd(0x51),
  v128Bitselect: simd(0x52),
  v128AnyTrue: simd(0x53),
  f32x4Floor: simd(0x68),
  f32x4Nearest: simd(0x6a),
  i32x4Shl: simd(0xab),
  i32x4ShrS: simd(0xac),
  i32x4ShrU: simd(0xad),
  i32x4Add: simd(0xae),
  i32x4Sub: simd(0xb1),
  i32x4MinS: simd(0xb6),
  i32x4MaxS: simd(0xb8),
  f32x4Abs: simd(0xe0),
  f32x4Neg: simd(0xe1),
  f32x4Sqrt: simd(0xe3),
  f32x4Add: simd(0xe4),
  f32x4Sub: simd(0xe5),
  f32x4Mul: simd(0xe6),
  f32x4Div: simd(0xe7),
  f32x4Min: simd(0xe8),
  f32x4Max: simd(0xe9),
  i32x4TruncF32x4: simd(0xf8),
  f32x4ConvertI32x4: simd(0xfa),
  /** x y + z, rounded once where the processor can, else twice. */
  f32x4RelaxedMadd: simd(0x105),
} as const satisfies Record<string, readonly number[]>;

export const localGet = (index: number): Bytes => [0x20, ...unsigned(index)];
export const localSet = (index: number): Bytes => [0x21, ...unsigned(index)];
export const localTee = (index: number): Bytes => [0x22, ...unsigned(index)];
export const call = (index: number): Bytes => [0x10, ...unsigned(index)];
export const i32Const = (value: number): Bytes => [0x41, ...signed(value)];
export const f32Const = (value: number): Bytes => [0x43, ...float32(value)];
export const f64Const = (value: number): Bytes => [0x44, ...float64(value)];

export const block: Bytes = [0x02, 0x40];
export const loop: Bytes = [0x03, 0x40];
export const ifThen: Bytes = [0x04, 0x40];
export const branch = (depth: number): Bytes => [0x0c, ...unsigned(depth)];
export const branchIf = (depth: number): Bytes => [0x0d, ...unsigned(depth)];

/** Cells are aligned to four bytes and no more. */
const at = (offset: number): Bytes => [2, ...unsigned(offset)];

export const i32Load = (offset: number): Bytes => [0x28, ...at(offset)];
export const f32Load = (offset: number): Bytes => [0x2a, ...at(offset)];
export const v128Load = (offset: number): Bytes => [...simd(0x00), ...at(offset)];
export const loadSplat = (offset: number): Bytes => [...simd(0x09), ...at(offset)];
export const loadFirst = (offset: number): Bytes => [...simd(0x5c), ...at(offset)];
export const loadLane = (offset: number, lane: number): Bytes => [
  ...simd(0x56),
  ...at(offset),
  lane,
];
export const v128Store = (offset: number): Bytes => [...simd(0x0b), ...at(offset)];
export const storeLane = (offset: number, lane: number): Bytes => [
  ...simd(0x5a),
  ...at(offset),
  lane,
];
export const storeHalf = (offset: number): Bytes => [...simd(0x5b), ...at(offset), 0];

export const extractLane = (lane: number): Bytes => [...simd(0x1f), lane];
export const replaceLane = (lane: number): Bytes => [...simd(0x20), lane];
export const replaceIntegerLane = (lane: number): Bytes => [...simd(0x1c), lane];

/** Four numbers of 32 bits, given as bytes. */
const v128Const = (bytes: Bytes): Bytes => [...simd(0x0c), ...bytes];

export const floats = (value: number): Bytes =>
  v128Const([0, 1, 2, 3].flatMap(() => float32(value)));

const word = (value: number): Bytes => [0, 8, 16, 24].map((bits) => (value >>> bits) & 0xff);

export const integers = (values: readonly number[]): Bytes => v128Const(values.flatMap(word));

/** Lanes 0 to 3 of the first vector and 4 to 7 of the second, in any order. */
export const shuffle = (lanes: readonly number[]): Bytes => [
  ...simd(0x0d),
  ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte)),
];
