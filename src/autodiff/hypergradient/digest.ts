/** @file A digest of data, to see that what was asked for twice is the same. */

import type { HostArray } from '../tape/tensor.ts';
import { describe, leaves, type Tree } from '../tape/tree.ts';
import { TraceError } from '../transforms/closure.ts';

/**
 * Structure, shapes and numbers of a tree of constants as a short text. Numbers that differ in one
 * word never share it; any others do with a chance of 2^-32 at most. Of numbers on a device it tells
 * only whether they are the same tensor's.
 */
export function treeDigest(data: Tree): string {
  let digest = describe(data);
  for (const { value } of leaves(data)) {
    if (value) digest += ` ${'host' in value ? hashOf(value.host) : numberOf(value)}`;
  }
  return digest;
}

/** The digests of the data of steps, to see that who is asked again gives the same. */
export class SeenData {
  private readonly digests = new Map<number, string>();

  /** Throws a TraceError where the data of a step are others than those before. */
  expectSame(step: number, data: Tree): void {
    const digest = treeDigest(data);
    const before = this.digests.get(step);
    if (before !== undefined && before !== digest) {
      throw new TraceError(
        `batch(${step}) gave other data when it was called again: it must be a function of the ` +
          'step alone, so draw its random numbers from a generator that is seeded by the step',
      );
    }
    this.digests.set(step, digest);
  }
}

/** A training whose `batch` throws a TraceError where it gives other data than before. */
export function withSameBatches<T extends { batch?(step: number): Tree }>(training: T): T {
  if (!training.batch) return training;
  const seen = new SeenData();
  const batch = (step: number) => {
    const data = training.batch?.(step) as Tree;
    seen.expectSame(step, data);
    return data;
  };
  return { ...training, batch };
}

const numbers = new WeakMap<object, number>();
let count = 0;

/** A number for each value on a device. */
function numberOf(value: object): number {
  const number = numbers.get(value) ?? count++;
  numbers.set(value, number);
  return number;
}

/** The words in four lists, so that four chains of multiplications run side by side. */
function hashOf({ buffer, byteOffset, byteLength }: HostArray): string {
  const words = new Uint32Array(buffer, byteOffset, byteLength / 4);
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x6a09e667];
  const whole = words.length - (words.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a = mix(a, words[i]);
    b = mix(b, words[i + 1]);
    c = mix(c, words[i + 2]);
    d = mix(d, words[i + 3]);
  }
  for (let i = whole; i < words.length; i++) a = mix(a, words[i]);
  return `${a}:${b}:${c}:${d}`;
}

/** One to one in each of its arguments; the multiplication carries to the left, the shift back. */
function mix(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x85ebca6b);
  return product ^ (product >>> 15);
}
