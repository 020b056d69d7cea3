/** @file Entries of a gradient: which ones are compared, and how one is. */

import { uniformNumbers } from '../tape/random-numbers.ts';
import { positionOf, type Shape } from '../tape/shape.ts';
import { type Difference, differentiate, edgeAt, kinkAt, type Sample } from './differences.ts';
import type { EntryReport, Told } from './report.ts';

/** Numbers whose derivatives are compared. */
export interface Variable {
  readonly path: string;
  readonly shape: Shape;
  readonly values: ArrayLike<number>;
}

/** A cell of a variable. */
export interface Entry {
  readonly variable: number;
  readonly cell: number;
}

/**
 * All entries in order or, of more than `sample`, so many drawn at random: one of each variable first,
 * as far as they go, the rest from all.
 */
export function chooseEntries(
  variables: readonly Pick<Variable, 'values'>[],
  sample: number,
  seed: number,
): Entry[] {
  const sizes = variables.map(({ values }) => values.length);
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((total, size) => total + size, 0));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const chosen = new Set<number>();
  if (sample >= total) for (let i = 0; i < total; i++) chosen.add(i);
  else {
    const uniform = uniformNumbers(seed);
    const below = (n: number) => Math.floor(n * uniform());
    const filled = starts
      .map((start, i) => ({ start, size: sizes[i] }))
      .filter(({ size }) => size > 0);
    while (chosen.size < sample && filled.length > 0) {
      const [{ start, size }] = filled.splice(below(filled.length), 1);
      chosen.add(start + below(size));
    }
    while (chosen.size < sample) chosen.add(below(total));
  }
  return [...chosen]
    .sort((a, b) => a - b)
    .map((i) => {
      const variable = starts.findLastIndex((start, v) => start <= i && sizes[v] > 0);
      return { variable, cell: i - starts[variable] };
    });
}

/** What an entry is compared by. */
export interface Comparison {
  readonly variable: Variable;
  readonly cell: number;
  /** The derivative that is checked. */
  readonly reverse: number;
  /** The function of this entry alone. */
  sample(x: number): Promise<Sample>;
  /** What is allowed beside the error of the differences, or in place of it. */
  readonly rounding: number;
  readonly tolerance?: number;
}

/**
 * Whether a wrong derivative is told: the differences are as exact as float64 leaves them, an error of
 * 2^-29 of the value at most over a step of 2^-17, or exact beside what the function changes by nearby,
 * as at a minimum.
 */
const isTold = (
  bound: number,
  at: number,
  { scale, steepness }: Pick<Difference, 'scale' | 'steepness'>,
): boolean =>
  bound <= (2 ** -26 * scale) / Math.max(1, Math.abs(at)) || bound <= 2 ** -8 * steepness;

/** An entry by both ways, with what is special at the point where they differ. */
export async function compareEntry({
  variable: { path, shape, values },
  cell,
  reverse,
  sample,
  rounding,
  tolerance,
}: Comparison): Promise<Omit<EntryReport & Told, 'order'>> {
  const at = values[cell];
  const { slope: difference, step, error: bound, ...near } = await differentiate(sample, at);
  const allowed = tolerance ?? bound + rounding;
  const error = Math.abs(reverse - difference);
  const found = {
    leaf: path,
    position: positionOf(cell, shape),
    at,
    reverse,
    difference,
    step,
    error,
    // A step that left the domain leaves no differences, whatever is allowed.
    tolerance: Number.isNaN(bound) ? bound : allowed,
    isTold: tolerance !== undefined || isTold(bound, at, near),
  };
  if (error <= found.tolerance) return found;
  const edge = await edgeAt(sample, at, step);
  if (edge) return { ...found, edge };
  return Number.isNaN(error) ? found : { ...found, kink: await kinkAt(sample, at, step) };
}
