/** @file Gradient descent of Pearlmutter & Siskind (2008), which `saddle` and `particle` nest. */

/** A function of a few numbers and its derivative. */
export interface Descended {
  value(x: readonly number[]): Promise<number>;
  slope(x: readonly number[]): Promise<readonly number[]>;
}

/** Where a descent ended, and the step sizes of the steps that it took on the way. */
export interface Descent {
  readonly x: readonly number[];
  readonly sizes: readonly number[];
}

const precision = 1e-5;
const firstSize = 1e-5;

/**
 * Descends until the slope or a step is shorter than 1e-5. The step size begins at 1e-5, doubles
 * after ten steps that lowered the value, and is halved where a step would not.
 */
export async function descend(
  { value, slope }: Descended,
  start: readonly number[],
): Promise<Descent> {
  let [x, size, lowered] = [start, firstSize, 0];
  let [fx, gx] = [await value(x), await slope(x)];
  const sizes: number[] = [];
  while (Math.hypot(...gx) > precision) {
    if (lowered === 10) {
      [size, lowered] = [2 * size, 0];
      continue;
    }
    const next = x.map((each, i) => each - size * gx[i]);
    if (Math.hypot(...next.map((each, i) => each - x[i])) <= precision) break;
    const fNext = await value(next);
    if (fNext < fx) {
      sizes.push(size);
      [x, fx, gx, lowered] = [next, fNext, await slope(next), lowered + 1];
    } else {
      [size, lowered] = [size / 2, 0];
    }
  }
  return { x, sizes };
}
