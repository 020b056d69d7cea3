/**
 * @file Who owns the buffers of a device, and who frees them.
 *
 * A result of `evaluate` or `compile` owns its buffer: `release` frees it, or the collector once
 * the tensor is gone. A constant owns its uploads, one on each device: `dropUploads` frees them, or
 * the collector. A buffer inside of a run belongs to that run (`owned.ts`).
 */

import { type Device, type DeviceBuffer, expectDevice } from '../devices/device.ts';
import { InternalError } from '../tape/internal-error.ts';
import { nameOf } from '../tape/show-tensor.ts';
import { type DeviceValue, Tensor, type Value } from '../tape/tensor.ts';
import { leaves, rebuild, type Tree } from '../tape/tree.ts';
import { TraceError } from '../transforms/closure.ts';
import { noteAddresses } from './addresses.ts';
import type { Buffers } from './owned.ts';
import { withRoom } from './room.ts';

/** The uploads of constants to each device. */
const uploadsTo = new WeakMap<Device, WeakMap<Value, Promise<DeviceBuffer>>>();

function uploadsOf(device: Device): WeakMap<Value, Promise<DeviceBuffer>> {
  let uploads = uploadsTo.get(device);
  if (!uploads) {
    uploads = new WeakMap();
    uploadsTo.set(device, uploads);
  }
  return uploads;
}

/** Frees the buffers of tensors that were collected, if their device still exists. */
const collected = new FinalizationRegistry<{ device: WeakRef<Device>; buffer: DeviceBuffer }>(
  ({ device, buffer }) => device.deref()?.free(buffer),
);

/** A leaf of the shape and kind of `like` that owns a buffer of a device. */
export function leafOf(device: Device, like: Tensor, buffer: DeviceBuffer): Tensor {
  const value: Value = { device, buffer };
  collected.register(value, { device: new WeakRef(device), buffer }, value);
  return Tensor.leaf(like.shape, like.kind, value);
}

/** A tree like `like` of leaves that own these buffers of a device. */
export const leavesOf = <T extends Tree>(device: Device, like: T, buffers: Buffers): T =>
  rebuild(
    like,
    leaves(like).map((leaf, i) => leafOf(device, leaf, buffers[i])),
  );

/** Throws an Error that says how a value lost its numbers, if it did. */
export function expectOwner(value: Value): void {
  if ('buffer' in value && value.lost) throw new Error(`a tensor is used after ${value.lost}`);
}

/** Tensors that runs read at the moment: the collector frees the buffers of none of them. */
const pinned = new Set<readonly Tensor[]>();

/** Keeps a list of tensors from the collector until the function that it returns is called. */
export function pin(tensors: readonly Tensor[]): () => void {
  pinned.add(tensors);
  return () => pinned.delete(tensors);
}

/** Whether a run that is not done reads a value. */
const isPinned = (value: Tensor['value'] | undefined): boolean =>
  [...pinned].some((tensors) => tensors.some((tensor) => tensor.value === value));

/** Throws an Error that names `what` where a run that is not done reads a tensor's numbers. */
export function expectUnused(what: string, { value }: Tensor): void {
  if (isPinned(value)) {
    throw new Error(`${what}: a run that is not done uses the tensor: await the run first`);
  }
}

const ownerOf = ({ device }: DeviceValue): Device => device as Device;

/** The device that a computed leaf lives on; throws an Error for all other tensors. */
export function deviceOf(what: string, { primitive, value }: Tensor): Device {
  if (value && 'buffer' in value) return ownerOf(value);
  throw new Error(
    `${what}: expected a tensor that lives on a device, got one ` +
      `${value ? 'with numbers on the host' : primitive ? 'that is not computed' : 'of a trace'}` +
      ': pass it through evaluate first',
  );
}

/**
 * Takes the buffer from a computed leaf. A later use of the leaf throws an Error that says `how` it
 * lost its numbers.
 */
export function handOver({ value }: Tensor, how: string): DeviceBuffer {
  if (!value || !('buffer' in value)) throw new InternalError('a leaf without a buffer');
  expectOwner(value);
  value.lost = how;
  collected.unregister(value);
  return value.buffer as DeviceBuffer;
}

const released = 'it was released';

/**
 * Frees the buffers of computed leaves at once; constants have none. Throws an Error, and frees
 * nothing, at a tensor that was released before, or that a run still reads. So does a later use of
 * the tensors.
 */
export function release(tree: Tree): void {
  const computed = new Set(
    leaves(tree, 'release').filter(({ value }) => value && 'buffer' in value),
  );
  for (const leaf of computed) {
    const value = leaf.value as DeviceValue;
    if (value.lost === released) throw new Error('release: a tensor is released twice');
    expectOwner(value);
    expectUnused('release', leaf);
  }
  for (const leaf of computed) {
    const device = ownerOf(leaf.value as DeviceValue);
    device.free(handOver(leaf, released));
  }
}

/** The buffer of a leaf on a device; a constant is uploaded once for as long as it lives. */
export function bufferOf(device: Device, leaf: Tensor): Promise<DeviceBuffer> {
  const { value } = leaf;
  if (!value) {
    throw leaf.primitive
      ? new Error(`${nameOf(leaf)}, is not computed yet: pass it through evaluate first`)
      : ofTrace(leaf);
  }
  expectOwner(value);
  if ('buffer' in value && value.device === device) {
    return Promise.resolve(value.buffer as DeviceBuffer);
  }
  const uploads = uploadsOf(device);
  let uploaded = uploads.get(value);
  if (!uploaded) {
    uploaded = upload(device, leaf, value);
    uploads.set(value, uploaded);
    uploaded.catch(() => uploads.delete(value));
  }
  return uploaded;
}

/** The error of an argument of a trace that is used where numbers are needed. */
export const ofTrace = (leaf: Tensor): TraceError =>
  new TraceError(
    `${nameOf(leaf)}, has no numbers: it stands for those of each run. What is computed from it ` +
      'can be read once the traced function has returned it and was run',
  );

/** The buffers of the leaves of a tree, in their order. */
export const buffersOf = (device: Device, tree: Tree): Promise<Buffers> =>
  Promise.all(leaves(tree).map((leaf) => bufferOf(device, leaf)));

/**
 * Does something with the buffers of the leaves of a tree. Other runs may be given the same tensors:
 * what they drop when they are done stays for as long as this one reads it.
 */
export async function withBuffers<T>(
  device: Device,
  tree: Tree,
  use: (buffers: Buffers) => T | Promise<T>,
): Promise<T> {
  const unpin = pin(leaves(tree));
  try {
    return await use(await buffersOf(device, tree));
  } finally {
    unpin();
  }
}

async function upload(device: Device, leaf: Tensor, value: Value): Promise<DeviceBuffer> {
  const host =
    'host' in value ? value.host : await ownerOf(value).read(value.buffer as DeviceBuffer);
  const buffer = await withRoom(() => device.upload(host, leaf.kind));
  if (leaf.kind === 'index') noteAddresses(buffer, host);
  // One value may be on several devices, so the buffer is what it is unregistered by.
  collected.register(value, { device: new WeakRef(device), buffer }, buffer);
  return buffer;
}

/**
 * Frees the uploads of constants on a device; a later use uploads them again. The collector would
 * free them too, but not while a loop runs that never waits for anything outside. Those that a
 * run or a bound computation still reads are left to their tensors.
 */
export async function dropUploads(device: Device, tree: Tree): Promise<void> {
  expectDevice('dropUploads', device);
  const uploads = uploadsOf(device);
  for (const { value } of leaves(tree, 'dropUploads')) {
    const uploaded = value && uploads.get(value);
    if (!uploaded || isPinned(value)) continue;
    uploads.delete(value);
    const buffer = await uploaded;
    collected.unregister(buffer);
    device.free(buffer);
  }
}
