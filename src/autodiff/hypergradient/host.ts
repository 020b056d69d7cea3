/** @file Trees on the host: the leaves of a tree as one vector of float64 numbers, and back. */

import type { Device } from '../devices/device.ts';
import type { Buffers } from '../run/owned.ts';
import type { HostArray } from '../tape/tensor.ts';
import { cellsOf, leaves, type Tree } from '../tape/tree.ts';

/** Lists of numbers, one after another. */
function joined(parts: readonly HostArray[]): Float64Array {
  const vector = new Float64Array(parts.reduce((cells, part) => cells + part.length, 0));
  let at = 0;
  for (const part of parts) {
    vector.set(part, at);
    at += part.length;
  }
  return vector;
}

/**
 * The numbers of a tree's leaves, with zeros for addresses: a direction has no part along them, and
 * no length is to count them.
 */
export const realNumbers = (like: Tree, parts: readonly HostArray[]): Float64Array =>
  joined(leaves(like).map(({ kind }, i) => (kind === 'real' ? parts[i] : parts[i].map(() => 0))));

/** The numbers of a tree's buffers, one after another in the order of `leaves`. */
export const download = async (device: Device, buffers: Buffers): Promise<Float64Array> =>
  joined(await Promise.all(buffers.map((buffer) => device.read(buffer))));

/** The buffers of a tree like `like` with these numbers; the caller frees them. */
export async function upload(device: Device, like: Tree, vector: Float64Array): Promise<Buffers> {
  let at = 0;
  const parts = leaves(like).map(({ size }) => vector.slice(at, (at += size)));
  return Promise.all(parts.map((part) => device.upload(part, 'real')));
}

/** A vector of zeros for a tree's numbers. */
export const zeroVector = (like: Tree): Float64Array => new Float64Array(cellsOf(like));
