/** @file Random numbers on the host, for directions, cotangents and samples: the same for one seed. */

/** Uniform numbers in [0, 1), one after another: Mulberry32 (Tommy Ettinger 2017). */
export function uniformNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number in ±[0.5, 1.5), of two uniform ones: no entry's error hides behind a small weight. */
export const signedFrom = (uniform: () => number): number =>
  (uniform() < 0.5 ? -1 : 1) * (0.5 + uniform());

/** A vector of numbers in ±[0.5, 1.5). */
export function randomVector(length: number, seed: number): Float64Array {
  const uniform = uniformNumbers(seed);
  return Float64Array.from({ length }, () => signedFrom(uniform));
}
