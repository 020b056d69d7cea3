/** @file A seeded generator of random numbers: a seed gives the same numbers on every machine. */

import { randomNormal } from 'd3-random';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { UserError } from '../errors.ts';

/** A generator of random numbers. */
export interface Random {
  /** Uniform in [0, 1), with 53 bits. */
  uniform(): number;
  /** Normal, with mean 0 and standard deviation 1. */
  normal(): number;
  /** Uniform among 0 to `n - 1`. */
  integer(n: number): number;
  /** Shuffles the numbers in place. */
  shuffle(numbers: Int32Array): void;
  /** `k` different numbers among 0 to `n - 1`, in random order. */
  sample(n: number, k: number): number[];
  /**
   * A generator for one purpose: draws for others do not change its numbers. Its first number, and
   * that of no other, goes with the last letter of the label.
   */
  fork(label: string): Random;
}

/**
 * The generator that a seed, a whole number, starts. The first numbers of seeds
 * that differ in the last digit alone are not independent: those of 1, 5 and 9 are within 1e-4 of
 * each other. All further numbers are.
 */
export const random = (seed: number): Random => generatorOf(`${seed}`);

function generatorOf(words: string): Random {
  const generator = xoroshiro128plus(hash(words));
  const uniform = () => uniformFloat64(generator);
  const integer = (n: number) => uniformInt(generator, 0, n - 1);
  /** Fisher-Yates: each step draws the number at `i` from those from there on. */
  const draw = (numbers: Int32Array, count: number) => {
    for (let i = 0; i < count; i++) {
      const j = i + integer(numbers.length - i);
      const chosen = numbers[j];
      numbers[j] = numbers[i];
      numbers[i] = chosen;
    }
  };
  return {
    uniform,
    normal: randomNormal.source(uniform)(),
    integer,
    shuffle: (numbers) => draw(numbers, numbers.length),
    sample: (n, k) => {
      const numbers = Int32Array.from({ length: n }, (_, i) => i);
      draw(numbers, k);
      return [...numbers.subarray(0, k)];
    },
    fork: (label) => generatorOf(`${words} ${label}`),
  };
}

/**
 * The seed that is `n` after another one. Throws a UserError where whole numbers have gaps, from 2^53
 * on: two seeds there may be one.
 */
export function seedAfter(seed: number, n: number): number {
  if (Number.isSafeInteger(seed) && Number.isSafeInteger(seed + n)) return seed + n;
  throw new UserError(`seed: expected whole numbers below 2^53, got ${seed} and ${n} after it`);
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  }
  return state;
}
