/** @file Derivatives by central differences, with the error that arithmetic leaves in them. */

/** A value of a function, and the sum of the absolute terms that its rounding is relative to. */
export interface Sample {
  readonly value: number;
  readonly scale: number;
}

/** A derivative, the smaller one of the two steps that gave it, and a bound of its error. */
export interface Difference {
  readonly slope: number;
  readonly step: number;
  readonly error: number;
}

/** The rounding error of a sum over the sum of its absolute terms, as `differentiate` allows it. */
export const roundingError = 64 * Number.EPSILON;

/** The first step, relative to numbers above 1, and how many times it is quartered at most. */
const firstStep = 2 ** -5;
const quarterings = 6;

/**
 * The limit, as the step goes to 0, of values at steps `h, h/ratio, h/ratio², …` whose errors are a
 * series in h², h⁴, …: each round of Richardson's extrapolation removes a power.
 */
export function richardson(values: readonly number[], ratio: number): number {
  const row = [...values];
  for (let power = ratio ** 2; row.length > 1; power *= ratio ** 2) {
    for (let i = 0; i + 1 < row.length; i++) row[i] = (power * row[i + 1] - row[i]) / (power - 1);
    row.pop();
  }
  return row[0];
}

/** The slopes of a function to the left and to the right of a point where they differ. */
export interface Kink {
  readonly left: number;
  readonly right: number;
}

/**
 * The kink of a function at `x`, if it has one within `step`: the slopes on both sides then differ by
 * as much however near they are taken, while those of a smooth function approach each other in
 * proportion to the step.
 */
export async function kinkAt(
  sample: (x: number) => Promise<Sample>,
  x: number,
  step: number,
): Promise<Kink | undefined> {
  const middle = await sample(x);
  const slopes = async (h: number) => {
    const [below, above] = [await sample(x - h), await sample(x + h)];
    const [left, right] = [(middle.value - below.value) / h, (above.value - middle.value) / h];
    const noise = (roundingError * Math.max(below.scale, middle.scale, above.scale)) / h;
    return { left, right, noise, apart: Math.abs(right - left) };
  };
  const near = step / 16;
  const [wide, narrow] = [await slopes(step), await slopes(near)];
  const isKink = narrow.apart > wide.apart / 2 && narrow.apart > 4 * narrow.noise;
  return isKink ? { left: narrow.left, right: narrow.right } : undefined;
}

/** Where the domain of a function ends beside a point. */
export type Edge = 'here' | 'below' | 'above' | 'on both sides';

/**
 * The edge of the domain within `step` of `x`, if there is one: the function is not finite at the
 * point itself (`here`), or on one side of it, or on both.
 */
export async function edgeAt(
  sample: (x: number) => Promise<Sample>,
  x: number,
  step: number,
): Promise<Edge | undefined> {
  const isInside = async (at: number) => Number.isFinite((await sample(at)).value);
  if (!(await isInside(x))) return 'here';
  const [below, above] = [await isInside(x - step), await isInside(x + step)];
  if (below && above) return undefined;
  return below ? 'above' : above ? 'below' : 'on both sides';
}

/**
 * The derivative at `x` of a function of one number. Two steps, h and h/4, give by Richardson's
 * extrapolation a value with an error of order h⁴. Its bound is the difference between the two (an
 * upper estimate of the truncation h² f''' / 6) plus a rounding of 64 eps S / h, where S is the
 * scale of the samples. Steps shrink until rounding outweighs truncation, and the best pair counts.
 * The error is NaN where every step leaves the domain of the function.
 */
export async function differentiate(
  sample: (x: number) => Promise<Sample>,
  x: number,
): Promise<Difference> {
  const central = async (step: number) => {
    const [above, below] = [await sample(x + step), await sample(x - step)];
    const scale = Math.max(above.scale, below.scale);
    // The step as it really is after x + step was rounded.
    const width = x + step - (x - step);
    return { slope: (above.value - below.value) / width, noise: (roundingError * scale) / step };
  };
  let step = firstStep * Math.max(1, Math.abs(x));
  let coarse = await central(step);
  let best: Difference = { slope: coarse.slope, step, error: Number.NaN };
  for (let i = 0; i < quarterings; i++) {
    step /= 4;
    const fine = await central(step);
    const truncation = Math.abs(fine.slope - coarse.slope);
    const error = truncation + fine.noise;
    // Not a number where a step left the domain: a shorter one may stay inside.
    if (Number.isNaN(best.error) || error < best.error) {
      best = { slope: richardson([coarse.slope, fine.slope], 4), step, error };
    }
    if (truncation <= fine.noise) break;
    coarse = fine;
  }
  return best;
}
