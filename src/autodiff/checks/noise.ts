/** @file How exactly a function computes, by its own numbers. */

/** Points on a line, a power of ten apart from one try to the next, up to the steps of differences. */
const points = 9;
const tries = 12;
/** Between points of the longest line, which goes a quarter of a number to both sides. */
const farthest = 2 ** -3;

/** The slope over that line that may be hidden in a constant. */
const leastSlope = 2 ** -8;

/** The deviation of numbers that are rounded to float32, over their size: of ±2^-24, evenly spread. */
const float32Noise = 2 ** -24 / Math.sqrt(3);

/**
 * The standard deviation of what a function computes around what it means (Moré & Wild 2011,
 * "Estimating computational noise", section 3). Of nine values on a line through `x`, near enough for
 * the function to be a polynomial of low degree, the differences of order k are noise alone, of
 * variance (2k)! / k!² times its own. The line is lengthened until at least half of the values differ,
 * as the function may round what it is given. Values that are all numbers of float32 are taken to be
 * rounded to it, as few of them may differ on any line; if none do, only where its numbers lie so far
 * apart that they hide a slope.
 */
export async function noiseOf(
  f: (x: Float64Array) => Promise<number>,
  x: Float64Array,
  uniform: () => number,
): Promise<number> {
  const direction = x.map((value) => (uniform() - 0.5) * Math.max(1, Math.abs(value)));
  const along = async (length: number): Promise<number[]> => {
    const found: number[] = [];
    for (let i = 0; i < points; i++) {
      const offset = length * (i - (points - 1) / 2);
      found.push(await f(x.map((value, j) => value + offset * direction[j])));
    }
    return found;
  };
  let length = 1e-13;
  let values: number[] = [];
  for (let attempt = 0; attempt < tries; attempt++, length *= 10) {
    values = await along(length);
    if (!values.every(Number.isFinite)) return 0;
    if (new Set(values).size > points / 2) break;
  }
  // A constant may be rounded to float32 or be a function that is flat: farther off the former differs.
  const isFlat = new Set(values).size === 1;
  if (isFlat) values = await along(farthest);
  if (!values.every(Number.isFinite)) return 0;
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const hides = new Set(values).size > 1 || 2 ** -24 * largest > leastSlope * farthest;
  const isFloat32 = hides && values.every((value) => Math.fround(value) === value);
  const rounding = isFloat32 ? float32Noise * largest : 0;
  // Relative to the largest, as squares of large numbers overflow.
  const measured =
    largest > 0 && !isFlat ? largest * ofDifferences(values.map((v) => v / largest)) : 0;
  return Math.max(measured, rounding);
}

/** The largest estimate of three orders, each of which has the function's own curve left in it less. */
function ofDifferences(values: readonly number[]): number {
  const estimates: number[] = [];
  let differences = [...values];
  let factor = 1;
  for (let k = 1; k <= 6; k++) {
    differences = differences.slice(1).map((value, i) => value - differences[i]);
    factor *= k / (2 * (2 * k - 1));
    const squares = differences.reduce((total, d) => total + d * d, 0);
    if (k >= 4) estimates.push(Math.sqrt((factor * squares) / differences.length));
  }
  return Math.max(...estimates);
}
