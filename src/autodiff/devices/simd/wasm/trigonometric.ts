/**
 * @file The sine and the cosine of four numbers. The distance to the nearest multiple of pi / 2 is
 * taken in f64, two numbers at a time, where it is exact enough for f32 up to 2^28; a vector with
 * a larger number calls Math, which reduces by as many digits of pi as it takes. Polynomials and
 * constants are those of FreeBSD's msun (`k_sinf.c`, `k_cosf.c`, `e_rem_pio2f.c`).
 */

import { type Bytes, cosIndex, sinIndex, type, type WasmFunction } from './module.ts';
import {
  call,
  code,
  doubles,
  extractLane,
  floats,
  localGet as get,
  ifVector,
  integers,
  op,
  replaceLane,
  localSet as set,
  shuffle,
  localTee as tee,
} from './opcodes.ts';

/** pi / 2 in two parts, the first of 25 bits, so that its products up to 2^28 are exact. */
const halfPi = { high: 1.5707963109016418, low: 1.5893254773528196e-8 };

const sineCoefficients = [
  2.718311493989822e-6, -0.00019839334836096632, 0.008333329385889463, -0.16666666641626524, 1,
];
const cosineCoefficients = [
  2.439044879627741e-5, -0.001388676377460993, 0.04166662332373906, -0.499999997251031, 1,
];

/** Horner's rule at local `x`, from the highest coefficient. */
const polynomial = (x: number, [highest, ...others]: readonly number[]): Bytes =>
  code(doubles(highest), ...others.map((c) => code(get(x), op.f64x2Mul, doubles(c), op.f64x2Add)));

/** `n - by floor(n / by)` of local `n`. */
const remainder = (n: number, by: number): Bytes =>
  code(
    get(n),
    code(get(n), doubles(1 / by), op.f64x2Mul, op.f64x2Floor, doubles(by), op.f64x2Mul),
    op.f64x2Sub,
  );

/** The function `quarters` quarters of a turn before the sine; `exact` is its index in f64. */
function shiftedSine(quarters: number, exact: number): WasmFunction {
  const [x, wide, n, y, square, low] = [0, 1, 2, 3, 4, 5];
  /** The results of the first two numbers of the vector on the stack, in the first two lanes. */
  const half = code(
    code(op.f64x2PromoteLowF32x4, tee(wide)),
    // The sum with 0 takes the sign from -0, which would take it from the result.
    code(doubles(2 / Math.PI), op.f64x2Mul, op.f64x2Nearest, doubles(0), op.f64x2Add, set(n)),
    code(get(wide), get(n), doubles(halfPi.high), op.f64x2Mul, op.f64x2Sub),
    code(get(n), doubles(halfPi.low), op.f64x2Mul, op.f64x2Sub, tee(y)),
    code(get(y), op.f64x2Mul, set(square)),
    code(get(n), doubles(quarters), op.f64x2Add, set(n)),
    polynomial(square, cosineCoefficients),
    code(polynomial(square, sineCoefficients), get(y), op.f64x2Mul),
    code(remainder(n, 2), doubles(1), op.f64x2Eq, op.v128Bitselect),
    // The second half of a turn has the opposite sign.
    code(remainder(n, 4), doubles(2), op.f64x2Ge, integers([0, 0, 0, 0].map(signBits))),
    code(op.v128And, op.v128Xor, op.f32x4DemoteF64x2Zero),
  );
  const lanes = [0, 1, 2, 3].map((lane) =>
    code(get(x), extractLane(lane), op.f64PromoteF32, call(exact), op.f32DemoteF64),
  );
  const others = lanes.slice(1).map((lane, i) => code(lane, replaceLane(i + 1)));
  return {
    parameters: [type.v128],
    results: [type.v128],
    locals: new Array(5).fill(type.v128),
    body: code(
      code(get(x), op.f32x4Abs, floats(2 ** 28), op.f32x4Ge, op.v128AnyTrue, ifVector),
      code(lanes[0], op.f32x4Splat, ...others, op.else),
      code(get(x), half, set(low)),
      code(get(low), get(x), get(x), shuffle([2, 3, 0, 1]), half, shuffle([0, 1, 4, 5])),
      op.end,
    ),
  };
}

/** The sign of an f64 is the last bit of every second word. */
const signBits = (_: number, word: number): number => (word % 2 === 1 ? -0x80000000 : 0);

/** The sine, within 0.51 ulp. */
export const sine = (): WasmFunction => shiftedSine(0, sinIndex);

/** The cosine, within 0.51 ulp. */
export const cosine = (): WasmFunction => shiftedSine(1, cosIndex);
