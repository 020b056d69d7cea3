/** @file A seeded generator of random numbers: the same seed gives the same numbers everywhere. */

import { randomNormal } from 'd3-random';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export interface Random {
  /** In [0, 1), to 53 bits. */
  uniform(): number;
  /** From the normal distribution of mean 0 and deviation 1. */
  normal(): number;
  /** One of 0 to `n - 1`, all alike. */
  integer(n: number): number;
  /** Puts the numbers in a random order, in place. */
  shuffle(numbers: Int32Array): void;
  /** `k` different numbers of 0 to `n - 1`, in random order. */
  sample(n: number, k: number): number[];
  /** A generator of its own for a purpose, so that one purpose does not shift another's draws. */
  fork(label: string): Random;
}

/** The generator of a seed, a whole number. */
export const random = (seed: number): Random => generatorOf(`${seed}`);

/** The words are hashed: the first draws of neighbouring seeds would be alike otherwise. */
function generatorOf(words: string): Random {
  const generator = xoroshiro128plus(hash(words));
  const uniform = () => uniformFloat64(generator);
  const integer = (n: number) => uniformInt(generator, 0, n - 1);
  /** Fisher-Yates: after step `i` the first `i` places are drawn. */
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

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  }
  return state;
}
