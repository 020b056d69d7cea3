/** @file Random constants from a seed: the same numbers on every machine, in every engine. */

import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { expectShape, type Shape, ShapeError, sizeOf } from '../tape/shape.ts';
import { showValue } from '../tape/show-value.ts';
import { type Tensor, tensor } from '../tape/tensor.ts';

/**
 * Independent numbers, uniform in `[low, high)`, with 53 random bits: a constant, since they are
 * drawn here and now. Throws a ShapeError unless the seed is a whole number, the shape one of whole
 * numbers, the ends are finite numbers in this order, and so is the distance between them.
 */
export function uniform(seed: number, shape: Shape, low = 0, high = 1): Tensor {
  const next = generator('uniform', seed, shape, { low, high });
  if (!(high >= low && high - low < Infinity)) {
    throw new ShapeError(
      `uniform: expected low <= high, a finite distance apart, got ${low} and ${high}`,
    );
  }
  return filled(shape, () => low + (high - low) * next());
}

/**
 * Independent normal numbers of a mean and a standard deviation, by Marsaglia's polar method: a
 * constant, since they are drawn here and now. Throws as `uniform` does, of these two numbers.
 */
export function normal(seed: number, shape: Shape, mean = 0, deviation = 1): Tensor {
  const next = generator('normal', seed, shape, { mean, deviation });
  let spare: number | undefined;
  const standard = (): number => {
    if (spare !== undefined) {
      const kept = spare;
      spare = undefined;
      return kept;
    }
    for (;;) {
      const [x, y] = [2 * next() - 1, 2 * next() - 1];
      const square = x * x + y * y;
      if (square === 0 || square >= 1) continue;
      const scale = Math.sqrt((-2 * logarithm(square)) / square);
      spare = y * scale;
      return x * scale;
    }
  };
  return filled(shape, () => mean + deviation * standard());
}

const filled = (shape: Shape, next: () => number): Tensor =>
  tensor(Float64Array.from({ length: sizeOf(shape) }, next), shape);

function generator(
  op: string,
  seed: number,
  shape: Shape,
  settings: Readonly<Record<string, number>>,
): () => number {
  if (!Number.isSafeInteger(seed)) {
    throw new ShapeError(`${op}: seed: expected a whole number, got ${showValue(seed)}`);
  }
  for (const [name, value] of Object.entries(settings)) {
    if (Number.isFinite(value)) continue;
    throw new ShapeError(`${op}: ${name}: expected a finite number, got ${showValue(value)}`);
  }
  expectShape(op, shape);
  const source = xoroshiro128plus(mixed(mixed(seed | 0) ^ Math.floor(seed / 2 ** 32)));
  return () => uniformFloat64(source);
}

/** Murmur3's finalizer, because the generator begins with similar numbers for similar seeds. */
function mixed(seed: number): number {
  let state = seed ^ 0x9e3779b9;
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return state ^ (state >>> 16);
}

/**
 * The logarithm of a number in (0, 1), by arithmetic alone: the last bit of Math.log differs
 * between engines. With x = m 2^e, log m is the series of atanh, whose terms shrink below rounding.
 */
function logarithm(x: number): number {
  let [m, e] = [x, 0];
  while (m < Math.SQRT1_2) [m, e] = [2 * m, e - 1];
  const t = (m - 1) / (m + 1);
  let series = 0;
  for (let k = 23; k >= 1; k -= 2) series = series * t * t + 1 / k;
  return 2 * t * series + e * Math.LN2;
}
