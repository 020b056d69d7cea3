/** @file Trees on the host: the leaves of a tree as one vector of float64 numbers, and back. */

import type { Device } from '../devices/device.ts';
import { readAll } from '../run/evaluate.ts';
import type { Buffers } from '../run/owned.ts';
import { type HostArray, tensor } from '../tape/tensor.ts';
import { cellsOf, leaves, rebuild, type Tree } from '../tape/tree.ts';
import type { Numbers } from './compact.ts';
import { precisions } from './precision.ts';
import type { Vector } from './vectors.ts';

/** Lists of numbers, one after another, in an array of this kind. */
function joined<A extends Numbers>(
  parts: readonly HostArray[],
  Joined: new (size: number) => A,
): A {
  const all = new Joined(parts.reduce((cells, part) => cells + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const partsOf = (device: Device, buffers: Buffers): Promise<HostArray[]> =>
  Promise.all(buffers.map((buffer) => device.read(buffer)));

/** A direction has no part along addresses, and no length is to count them. */
const realNumbers = (like: Tree, parts: readonly HostArray[]): Vector =>
  joined(
    leaves(like).map(({ kind }, i) => (kind === 'real' ? parts[i] : parts[i].map(() => 0))),
    Float64Array,
  );

/** The numbers of a tree's leaves, one after another, with zeros for addresses. */
export const vectorOf = async (tree: Tree, device: Device): Promise<Vector> =>
  realNumbers(tree, await readAll(tree, { device }));

/** The numbers of buffers like the leaves of a tree, with zeros for addresses. */
export const downloadReal = async (device: Device, like: Tree, buffers: Buffers): Promise<Vector> =>
  realNumbers(like, await partsOf(device, buffers));

/** The numbers of a tree's buffers, one after another in the order of `leaves`. */
export const download = async (device: Device, buffers: Buffers): Promise<Vector> =>
  joined(await partsOf(device, buffers), Float64Array);

/** The same in the precision of the device. */
export async function downloadNumbers(device: Device, buffers: Buffers): Promise<Numbers> {
  const parts = await partsOf(device, buffers);
  if (parts.length === 1) return parts[0] as Numbers;
  return joined<Numbers>(parts, precisions[device.precision].Numbers);
}

/** The buffers of a tree like `like` with these numbers; the caller frees them. */
export async function upload(device: Device, like: Tree, vector: Vector): Promise<Buffers> {
  let at = 0;
  const parts = leaves(like).map(({ size }) => vector.slice(at, (at += size)));
  return Promise.all(parts.map((part) => device.upload(part, 'real')));
}

/** Constants like the tensors of a tree with other numbers; indices stay as they are. */
export function treeLike<T extends Tree>(like: T, vector: Vector): T {
  let at = 0;
  const made = leaves(like).map((leaf) => {
    at += leaf.size;
    return leaf.kind === 'index' ? leaf : tensor(vector.slice(at - leaf.size, at), leaf.shape);
  });
  return rebuild(like, made);
}

/** Constants of the shapes of a tree's tensors, with numbers in the place of indices too. */
export function numbersLike<T extends Tree>(like: T, numbers: Numbers): T {
  let at = 0;
  const made = leaves(like).map(({ shape, size }) => {
    at += size;
    return tensor(numbers.slice(at - size, at), shape);
  });
  return rebuild(like, made);
}

/** A vector of zeros for a tree's numbers. */
export const zeroVector = (like: Tree): Vector => new Float64Array(cellsOf(like));
