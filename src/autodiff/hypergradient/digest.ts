/** @file A digest of data, to see that what was asked for twice is the same. */

import type { Device } from '../devices/device.ts';
import type { HostArray } from '../tape/tensor.ts';
import { describe, leaves, type Tree } from '../tape/tree.ts';

/** Structure, shapes and numbers of a tree of constants as a short text. */
export async function digestOf(data: Tree): Promise<string> {
  let [a, b] = [0x9e3779b9, 0x243f6a88];
  for (const { value } of leaves(data)) {
    if (!value) continue;
    const numbers =
      'host' in value ? value.host : await (value.device as Device).read(value.buffer as never);
    for (const word of wordsOf(numbers)) {
      // Multiplications carry to the left alone, so each is folded back to the right.
      a = Math.imul(a ^ word, 0x85ebca6b);
      a ^= a >>> 13;
      b = Math.imul(b + word, 0xc2b2ae35);
      b ^= b >>> 16;
    }
  }
  return `${describe(data)} ${a >>> 0} ${b >>> 0}`;
}

const wordsOf = ({ buffer, byteOffset, byteLength }: HostArray): Uint32Array =>
  new Uint32Array(buffer, byteOffset, byteLength / 4);
