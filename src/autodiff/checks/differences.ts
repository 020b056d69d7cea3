/** @file Derivatives by central differences, with the error that arithmetic leaves in them. */

/** A value of a function, and the sum of the absolute terms that its rounding is relative to. */
export interface Sample {
  readonly value: number;
  readonly scale: number;
  /** The error of the value, where it is known to be more than the rounding of these terms. */
  readonly noise?: number;
}

/** A derivative, the smaller one of the two steps that gave it, and a bound of its error. */
export interface Difference {
  readonly slope: number;
  readonly step: number;
  readonly error: number;
  /** The largest scale of the samples. */
  readonly scale: number;
  /** The difference between the largest and the smallest value, over the longest step. */
  readonly steepness: number;
}

/** The rounding error of a sum over the sum of its absolute terms, as `differentiate` allows it. */
export const roundingError = 64 * Number.EPSILON;

/** The first step, relative to numbers above 1. */
const firstStep = 2 ** -5;

/**
 * The last step, near the cube root of eps. It is not relative to the number, as a function may change
 * within 1 at any number; but below 2^-36 of it, few bits of a step are left.
 */
const lastStep = (x: number): number => Math.max(2 ** -17, 2 ** -36 * Math.abs(x));

/** The error of a sample. */
const noiseOf = ({ scale, noise = 0 }: Sample): number => Math.max(roundingError * scale, noise);

/** The rounding in a slope over a step: of the values, or of the number inside of the function. */
const noiseOver = (step: number, samples: readonly Sample[], x: number, slope: number): number =>
  Math.max(...samples.map(noiseOf), roundingError * Math.abs(x * slope)) / step;

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

/** The shortest step of a search for a kink, relative to numbers above 1. */
const kinkStep = 2 ** -40;

/**
 * The kink of a function at `x`, if it has one within `step`: the slopes on both sides then stay apart
 * as the step goes to 0, until they are lost in rounding, while those of a smooth function come to
 * approach each other in proportion to the step.
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
    const steepest = Math.max(Math.abs(left), Math.abs(right));
    const noise = noiseOver(h, [below, middle, above], x, steepest);
    return { left, right, noise, apart: Math.abs(right - left) };
  };
  let narrow = await slopes(step);
  let staysApart = false;
  for (let h = step / 16; h > kinkStep * Math.max(1, Math.abs(x)); h /= 16) {
    const next = await slopes(h);
    if (!(next.apart > 4 * next.noise)) break;
    staysApart = next.apart > narrow.apart / 2;
    narrow = next;
  }
  return staysApart ? { left: narrow.left, right: narrow.right } : undefined;
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
 * scale of the samples, or of x times the slope. Steps shrink until rounding outweighs truncation, and
 * the best pair counts. The error is NaN where every step leaves the domain of the function.
 *
 * Two long steps also agree where the function is flat all around, or where both are lengths of many
 * of its waves. So a pair counts only if the slope over the last step, near 1e-5, is the same.
 */
export async function differentiate(
  sample: (x: number) => Promise<Sample>,
  x: number,
): Promise<Difference> {
  let scale = 0;
  const values: number[] = [];
  const central = async (step: number) => {
    const [above, below] = [await sample(x + step), await sample(x - step)];
    scale = Math.max(scale, above.scale, below.scale);
    values.push(above.value, below.value);
    // The step as it really is after x + step was rounded.
    const width = x + step - (x - step);
    const slope = (above.value - below.value) / width;
    return { slope, noise: noiseOver(step, [above, below], x, slope) };
  };
  const longest = firstStep * Math.max(1, Math.abs(x));
  let step = longest;
  const quarterings = Math.ceil(Math.log2(step / lastStep(x)) / 2);
  const last = await central(step / 4 ** quarterings);
  let coarse = await central(step);
  let best = { slope: coarse.slope, step, error: Number.NaN };
  for (let i = 1; i <= quarterings; i++) {
    step /= 4;
    const fine = i < quarterings ? await central(step) : last;
    const truncation = Math.abs(fine.slope - coarse.slope);
    const error = truncation + fine.noise;
    const slope = richardson([coarse.slope, fine.slope], 4);
    // Waves and flat surroundings are off by far more than a thousandth, which is left to what
    // rounds more than it says.
    const share = Math.max(Math.abs(slope), Math.abs(last.slope)) / 1000;
    const agrees = Math.abs(slope - last.slope) <= Math.max(error + last.noise, share);
    // Not a number where a step left the domain: a shorter one may stay inside.
    if (agrees && !(error >= best.error)) best = { slope, step, error };
    if (agrees && truncation <= fine.noise) break;
    coarse = fine;
  }
  const finite = values.filter(Number.isFinite);
  const steepness = (Math.max(...finite) - Math.min(...finite)) / longest;
  return { ...best, step: Number.isNaN(best.error) ? step : best.step, scale, steepness };
}
