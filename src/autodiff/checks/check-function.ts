/** @file Checks a gradient of anyone's code against central differences of its numbers. */

import { expectFunction, expectOptions } from '../tape/options.ts';
import { uniformNumbers } from '../tape/random-numbers.ts';
import { showValue } from '../tape/show-value.ts';
import { expectSample } from './check-gradients.ts';
import { roundingError, type Sample } from './differences.ts';
import { chooseEntries, compareEntry } from './entries.ts';
import { noiseOf } from './noise.ts';
import { GradientError, type GradientReport, showPoint, Tally } from './report.ts';

/** A number, or a list of numbers: an array or a typed array. */
export type Numbers = number | ArrayLike<number>;

/** The options of `checkFunction`. */
export interface CheckFunctionOptions {
  /** Allowed absolute error of each entry, in place of the one derived from the function's noise. */
  readonly tolerance?: number;
  /** Entries to compare, drawn at random. Default all. */
  readonly sample?: number;
  /** Seed of the sample and of the direction in which noise is measured. Default 0. */
  readonly seed?: number;
}

const options = ['tolerance', 'sample', 'seed'] as const;

/**
 * Compares a gradient that any code computes with central differences of the function that any code
 * computes: `f` takes a number or a list like `x` and gives a number, or a promise of one. `gradient`
 * is what it should have as derivative at `x`, or a function that gives it. Neither is given the same
 * list twice, so they may change it. Returns the worst entries.
 *
 * How exactly `f` computes, in float64, float32 or by an iteration that ends early, is measured by
 * differences between near points (Moré & Wild 2011), so that no tolerance needs tuning. The same
 * relative noise is allowed in the gradient.
 *
 * Throws a GradientError that names the worst entries, kinks and edges of domains among them, and the
 * point, and where `f` is so inexact that a gradient of zeros would pass as well; a TypeError for what
 * are no numbers; and a RangeError for a gradient of another length than `x`.
 */
export async function checkFunction<X extends Numbers>(
  f: (x: X) => number | Promise<number>,
  gradient: Numbers | ((x: X) => Numbers | Promise<Numbers>),
  x: X,
  given: CheckFunctionOptions = {},
): Promise<GradientReport> {
  expectFunction('checkFunction: f', f);
  expectOptions('checkFunction', given, options);
  const { tolerance, sample, seed = 0 } = given;
  expectSample('checkFunction', sample);
  const values = numbersOf('x', x);
  // A list of the kind that was given, as anyone's code may ask for one.
  const argument = (numbers: Float64Array): X => likeness(x, numbers);
  const valueAt = async (numbers: Float64Array): Promise<number> => {
    const value: unknown = await f(argument(numbers.slice()));
    if (typeof value === 'number') return value;
    throw new TypeError(`checkFunction: expected a number of f, got ${showValue(value)}`);
  };
  const slopes = numbersOf(
    'the gradient',
    typeof gradient === 'function' ? await gradient(argument(values.slice())) : gradient,
  );
  if (slopes.length !== values.length || values.length === 0) {
    throw new RangeError(
      `checkFunction: expected ${Math.max(values.length, 1)} derivatives, one for each number of x, ` +
        `got ${slopes.length}`,
    );
  }
  const noise = await noiseOf(valueAt, values, uniformNumbers(seed));
  const rounding = relativeRounding(noise, await valueAt(values)) * largestOf(slopes);
  const variable = { path: 'x', shape: typeof x === 'number' ? [] : [values.length], values };
  const tally = new Tally(showPoint([variable]));
  tally.of = values.length;
  for (const { cell } of chooseEntries([variable], sample ?? Infinity, seed)) {
    const sampleAt = async (moved: number): Promise<Sample> => {
      const value = await valueAt(values.with(cell, moved));
      return { value, scale: Math.abs(value), noise: 8 * noise };
    };
    const comparison = {
      variable,
      cell,
      reverse: slopes[cell],
      sample: sampleAt,
      rounding,
      tolerance,
    };
    tally.add({ ...(await compareEntry(comparison)), order: 1 });
  }
  const report = tally.report as GradientReport;
  const what = 'checkFunction: the gradient';
  if (report.beyond > 0) throw new GradientError(report, { what, source: 'it' });
  tally.expectTold(what);
  return report;
}

/** The largest of those that are numbers: NaN is wrong in its own entry alone. */
const largestOf = (slopes: Float64Array): number =>
  slopes.reduce((most, slope) => (Math.abs(slope) > most ? Math.abs(slope) : most), 0);

/** The rounding allowed in a gradient, relative to its largest entry: as many digits as `f` has. */
const relativeRounding = (noise: number, value: number): number =>
  Math.max(roundingError, Math.min((64 * noise) / Math.abs(value) || 0, largestRounding));

/** Of float32 after some cancellation; a gradient that is wrong by a thousandth is always told. */
const largestRounding = 1e-4;

/** Numbers in a copy; throws a TypeError that names what they are of. */
function numbersOf(what: string, given: unknown): Float64Array {
  if (typeof given === 'number') return Float64Array.of(given);
  const list = given as ArrayLike<unknown>;
  const isList = Array.isArray(given) || ArrayBuffer.isView(given);
  const wrong = isList ? Array.from(list).find((entry) => typeof entry !== 'number') : given;
  if (isList && wrong === undefined && 'length' in list) return Float64Array.from(list as number[]);
  throw new TypeError(
    `checkFunction: ${what}: expected a number or a list of numbers, got ` +
      (isList ? `a list with ${showValue(wrong)}` : showValue(given)),
  );
}

function likeness<X extends Numbers>(x: X, numbers: Float64Array): X {
  if (typeof x === 'number') return numbers[0] as X;
  // A Float32Array would round the steps of the differences away.
  return (Array.isArray(x) ? Array.from(numbers) : numbers) as ArrayLike<number> as X;
}
