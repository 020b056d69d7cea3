/** @file x to the power y of two f32 numbers, computed in f64, with the special cases of Math.pow. */

import { type Bytes, type, type WasmFunction } from './module.ts';
import { f64Const, localGet as get, localSet as set, localTee as tee } from './opcodes.ts';

const f64 = {
  eq: [0x61],
  ne: [0x62],
  lt: [0x63],
  abs: [0x99],
  floor: [0x9c],
  nearest: [0x9e],
  neg: [0x9a],
  add: [0xa0],
  sub: [0xa1],
  mul: [0xa2],
  div: [0xa3],
  min: [0xa4],
  max: [0xa5],
  fromF32: [0xbb],
  toF32: [0xb6],
  toBits: [0xbd],
  fromBits: [0xbf],
  fromInteger: [0xb9],
} as const;

const integer = {
  add: [0x7c],
  sub: [0x7d],
  shl: [0x86],
  shrS: [0x87],
  lessThanZero: [0x42, 0, 0x53],
  fromNumber: [0xfc, 0x06],
} as const;

const and = [0x71];
const select = [0x1b];
const code = (...parts: readonly (readonly number[])[]): Bytes => parts.flat();

/** LEB128 of a whole number of up to 63 bits. */
function integerConst(value: bigint): Bytes {
  const bytes: Bytes = [0x42];
  for (let rest = value; ; rest >>= 7n) {
    const low = Number(rest & 0x7fn);
    if (rest >> 6n === 0n || rest >> 6n === -1n) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

const polynomial = (x: number, coefficients: readonly number[]): Bytes =>
  code(
    f64Const(coefficients[0]),
    ...coefficients.slice(1).map((c) => code(get(x), f64.mul, f64Const(c), f64.add)),
  );

const [xIn, yIn, x, y, size, t, s, bits, exponent] = [0, 1, 2, 3, 4, 5, 6, 7, 8];

/** log2(size): the exponent, and 2 atanh((m - 1) / (m + 1)) of the mantissa m as a series. */
const logarithm = code(
  // The bits of sqrt(1/2), so that the mantissa is between it and sqrt(2).
  code(get(size), f64.toBits, tee(bits), integerConst(0x3fe6a09e667f3bcdn), integer.sub),
  code(integerConst(52n), integer.shrS, set(exponent)),
  code(get(bits), get(exponent), integerConst(52n), integer.shl, integer.sub, f64.fromBits),
  code(tee(t), f64Const(1), f64.sub, get(t), f64Const(1), f64.add, f64.div, set(s)),
  code(get(s), get(s), f64.mul, set(t)),
  polynomial(
    t,
    [17, 15, 13, 11, 9, 7, 5, 3, 1].map((n) => (2 * Math.LOG2E) / n),
  ),
  code(get(s), f64.mul, get(exponent), f64.fromInteger, f64.add, set(t)),
);

/** 2^t for any t: the series of exp on the fraction, the whole part added to the exponent. */
const exponential = code(
  code(get(t), f64Const(1000), f64.min, f64Const(-1000), f64.max, tee(t), f64.nearest, set(s)),
  code(get(s), integer.fromNumber, integerConst(1023n), integer.add),
  code(integerConst(52n), integer.shl, f64.fromBits),
  code(get(t), get(s), f64.sub, f64Const(Math.LN2), f64.mul, set(s)),
  code(polynomial(s, inverseFactorials(11)), f64.mul, set(t)),
);

function inverseFactorials(degree: number): number[] {
  const result = [1];
  for (let n = 1; n <= degree; n++) result.unshift(result[0] / n);
  return result;
}

const isWhole = code(get(y), f64.floor, get(y), f64.eq);
const half = code(get(y), f64Const(0.5), f64.mul);
const isOdd = code(isWhole, half, f64.floor, half, f64.ne, and);
const isNegative = code(get(x), f64.toBits, integer.lessThanZero);
const choose = (yes: Bytes, no: Bytes, test: Bytes): Bytes => code(yes, no, test, select);

export function powerOfNumbers(): WasmFunction {
  const minus = code(get(t), f64.neg);
  const finite = code(get(size), f64Const(Number.POSITIVE_INFINITY), f64.lt);
  const belowZero = code(get(x), f64Const(0), f64.lt, finite, and);
  return {
    parameters: [type.f32, type.f32],
    results: [type.f32],
    locals: [type.f64, type.f64, type.f64, type.f64, type.f64, type.i64, type.i64],
    body: code(
      code(get(xIn), f64.fromF32, tee(x), f64.abs, set(size), get(yIn), f64.fromF32, set(y)),
      logarithm,
      choose(f64Const(Number.NEGATIVE_INFINITY), get(t), code(get(size), f64Const(0), f64.eq)),
      set(t),
      choose(get(t), f64Const(Number.POSITIVE_INFINITY), finite),
      code(get(y), f64.mul, set(t)),
      exponential,
      choose(minus, get(t), code(isNegative, isOdd, and)),
      set(t),
      choose(f64Const(Number.NaN), get(t), code(belowZero, isWhole, [0x45], and)),
      set(t),
      choose(get(x), get(t), code(get(x), get(x), f64.ne)),
      set(t),
      choose(f64Const(1), get(t), code(get(y), f64Const(0), f64.eq)),
      f64.toF32,
    ),
  };
}
