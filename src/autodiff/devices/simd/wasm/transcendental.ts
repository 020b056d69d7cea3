/**
 * @file Transcendental functions of four numbers as code that stands where it is used, after the
 * polynomials of S. Moshier's Cephes library. In a loop the engine keeps their constants in registers,
 * where a function that is called would make them anew. Largest errors over the whole range of f32:
 * exp 0.97 ulp, expm1 1.57, log 0.78, log1p 0.78, tanh 1.28. Denormals, infinities, NaN and signed
 * zeros are as in Math.
 */

import type { Bytes } from './module.ts';
import {
  code,
  floats,
  localGet as get,
  i32Const,
  integers,
  op,
  localSet as set,
  localTee as tee,
} from './opcodes.ts';

/** The functions of this file. */
export type Transcendental = 'exp' | 'expm1' | 'log' | 'log1p' | 'tanh';

/** Code that replaces the vector on the stack by a function of it, with locals of its own. */
export interface InlinedFunction {
  /** So many vectors it keeps. */
  readonly locals: number;
  /** The code, by the indices of these locals. */
  body(locals: readonly number[]): Bytes;
}

const splatInteger = (value: number): Bytes => integers([value, value, value, value]);

/** Horner's rule at local `x`, from the highest coefficient. */
const polynomial = (x: number, coefficients: readonly number[]): Bytes =>
  code(
    floats(coefficients[0]),
    ...coefficients.slice(1).map((c) => code(get(x), op.f32x4Mul, floats(c), op.f32x4Add)),
  );

/** ln 2 in two parts, the first so short that its products with small integers are exact. */
const ln2 = { high: 0.693359375, low: -2.12194440054690581e-4 };

/** 2 to the power of the integers on the stack, which are -126 to 127. */
const powerOfTwo: Bytes = code(splatInteger(127), op.i32x4Add, i32Const(23), op.i32x4Shl);

const expCoefficients = [
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1,
  5.0000001201e-1,
];

/** Where the f32 are the whole numbers: in a sum with it, the last bits are those of an integer. */
const wholeNumbers = { value: 1.5 * 2 ** 23, bits: 0x4b400000 };

/**
 * Clamps local `x` and splits it into n ln 2 + r with a whole n; pushes exp(r) - 1. pmin and pmax
 * keep NaN where it is. Local `whole` gets n + 254 as an integer, by one subtraction of bits where
 * a conversion, which must not fail at NaN, takes many instructions.
 */
const reduced = (x: number, n: number, r: number, whole: number, least: number): Bytes =>
  code(
    // Beyond 89 the result is infinite.
    code(get(x), floats(89), op.f32x4Pmin, floats(least), op.f32x4Pmax, tee(x)),
    code(floats(Math.LOG2E), op.f32x4Mul, floats(wholeNumbers.value), op.f32x4Add, tee(whole)),
    code(floats(wholeNumbers.value), op.f32x4Sub, set(n)),
    code(get(whole), splatInteger(wholeNumbers.bits - 254), op.i32x4Sub, set(whole)),
    code(get(x), get(n), floats(ln2.high), op.f32x4Mul, op.f32x4Sub),
    code(get(n), floats(ln2.low), op.f32x4Mul, op.f32x4Sub, set(r)),
    polynomial(r, expCoefficients),
    code(get(r), get(r), op.f32x4Mul, op.f32x4Mul, get(r), op.f32x4Add),
  );

/**
 * Multiplies by 2^n in two factors, since 2^n may be denormal or infinite where the result is not.
 * Of `whole`, n + 254, each takes half with its bias of 127.
 */
const timesPowerOfTwo = (whole: number, half: number): Bytes => {
  const exponent = code(i32Const(23), op.i32x4Shl);
  return code(
    code(get(whole), i32Const(1), op.i32x4ShrS, tee(half), exponent, op.f32x4Mul),
    code(get(whole), get(half), op.i32x4Sub, exponent, op.f32x4Mul),
  );
};

const exp = ([x, n, r, whole, half]: readonly number[]): Bytes =>
  code(
    set(x),
    reduced(x, n, r, whole, -104),
    code(floats(1), op.f32x4Add),
    timesPowerOfTwo(whole, half),
  );

function expm1([x, n, r, whole, half, given]: readonly number[]): Bytes {
  // Beyond 60, 2^-n adds nothing to 1.
  const inverse = code(get(n), floats(60), op.f32x4Pmin, op.f32x4Neg, op.i32x4TruncSatF32x4S);
  return code(
    code(tee(x), set(given)),
    // 2^n ((exp(r) - 1) + (1 - 2^-n)): where n is 0, nothing is added and nothing cancels.
    reduced(x, n, r, whole, -30),
    code(floats(1), inverse, powerOfTwo, op.f32x4Sub, op.f32x4Add),
    timesPowerOfTwo(whole, half),
    // Keeps the sign of zero.
    code(get(given), get(given), floats(0), op.f32x4Ne, op.v128Bitselect),
  );
}

const logCoefficients = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1,
  -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
];

/** log(1 + f) + e ln 2 + extra, of locals; pushes it. */
function logarithm(f: number, e: number, square: number, extra: Bytes): Bytes {
  return code(
    code(get(f), get(f), op.f32x4Mul, set(square)),
    polynomial(f, logCoefficients),
    code(get(f), op.f32x4Mul, get(square), op.f32x4Mul),
    code(get(e), floats(ln2.low), op.f32x4Mul, op.f32x4Add, extra),
    code(get(square), floats(0.5), op.f32x4Mul, op.f32x4Sub, get(f), op.f32x4Add),
    code(get(e), floats(ln2.high), op.f32x4Mul, op.f32x4Add),
  );
}

/** Splits the positive local `u` into `2^e (1 + f)` with f from sqrt(1/2) - 1 to sqrt(2) - 1. */
const split = (u: number, e: number, f: number): Bytes =>
  code(
    code(get(u), splatInteger(0x3f3504f3), op.i32x4Sub, i32Const(23), op.i32x4ShrS, set(e)),
    code(get(u), get(e), i32Const(23), op.i32x4Shl, op.i32x4Sub, floats(1), op.f32x4Sub, set(f)),
    code(get(e), op.f32x4ConvertI32x4S, set(e)),
  );

/** Corrects a logarithm of the local `x`: -Infinity at its pole, NaN below and for NaN. */
const logarithmEnds = (x: number, pole: number): Bytes =>
  code(
    code(floats(Number.NEGATIVE_INFINITY), get(x), floats(pole), op.f32x4Ne, op.v128Bitselect),
    code(floats(Number.NaN), get(x), floats(pole), op.f32x4Ge, op.v128Bitselect),
    code(get(x), get(x), floats(Number.POSITIVE_INFINITY), op.f32x4Ne, op.v128Bitselect),
  );

const log = ([x, u, e, f, square, small]: readonly number[]): Bytes =>
  code(
    // Denormals are brought into the normal range first.
    code(tee(x), floats(2 ** -126), op.f32x4Lt, set(small)),
    code(get(x), floats(2 ** 23), op.f32x4Mul, get(x), get(small), op.v128Bitselect, set(u)),
    split(u, e, f),
    code(get(e), get(small), floats(23), op.v128And, op.f32x4Sub, set(e)),
    logarithm(f, e, square, []),
    logarithmEnds(x, 0),
  );

function log1p([x, u, e, f, square, near]: readonly number[]): Bytes {
  const rest = code(
    // What rounding 1 + x lost, relative to it; 0 where f is x itself.
    code(floats(1), get(u), get(x), op.f32x4Sub, op.f32x4Sub),
    code(get(x), get(u), floats(1), op.f32x4Sub, op.f32x4Sub),
    code(get(x), floats(1), op.f32x4Ge, op.v128Bitselect, get(u), op.f32x4Div),
    code(get(near), op.v128Andnot, op.f32x4Add),
  );
  return code(
    code(tee(x), floats(1), op.f32x4Add, set(u)),
    split(u, e, f),
    code(get(e), floats(0), op.f32x4Eq, set(near)),
    code(get(x), get(f), get(near), op.v128Bitselect, set(f)),
    logarithm(f, e, square, rest),
    logarithmEnds(x, -1),
    // Keeps the sign of zero.
    code(get(x), get(x), floats(0), op.f32x4Ne, op.v128Bitselect),
  );
}

function tanh([x, size, square, ...others]: readonly number[]): Bytes {
  const coefficients = [
    -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1,
  ];
  const sign = splatInteger(-0x80000000);
  return code(
    code(tee(x), get(x), op.f32x4Mul, set(square), get(x), op.f32x4Abs, set(size)),
    code(polynomial(square, coefficients), get(square), op.f32x4Mul, get(x), op.f32x4Mul),
    code(get(x), op.f32x4Add, op.f32x4Abs),
    // 1 - 2 / (exp(2 |x|) + 1)
    code(floats(1), floats(2), get(size), get(size), op.f32x4Add, exp(others)),
    code(floats(1), op.f32x4Add, op.f32x4Div, op.f32x4Sub),
    // The polynomial loses the sign of -0, so both get theirs at the end.
    code(get(size), floats(0.625), op.f32x4Lt, op.v128Bitselect),
    code(get(x), sign, op.v128And, op.v128Or),
  );
}

/** The functions by name. */
export const transcendental: Readonly<Record<Transcendental, InlinedFunction>> = {
  exp: { locals: 5, body: exp },
  expm1: { locals: 6, body: expm1 },
  log: { locals: 6, body: log },
  log1p: { locals: 6, body: log1p },
  tanh: { locals: 8, body: tanh },
};
