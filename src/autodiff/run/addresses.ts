/**
 * @file Whether addresses lie within what is read at them. Devices do not look: `simd` would read
 * other memory there. `rowIndex` and `sparsePattern` make none that are too large, but anybody may
 * put some together by hand, and hand others over with each run.
 */

import type { PlanInput } from '../compile/plan.ts';
import type { Device, DeviceBuffer } from '../devices/device.ts';
import { ShapeError } from '../tape/shape.ts';
import type { HostArray } from '../tape/tensor.ts';
import type { Buffers } from './owned.ts';

/** The largest address of a buffer; infinite if one is negative. */
const largest = new WeakMap<DeviceBuffer, number>();

/** Remembers how far the addresses of a buffer reach. */
export function noteAddresses(buffer: DeviceBuffer, addresses: HostArray): void {
  let [low, high] = [0, -1];
  // All addresses of all batches come here: V8 runs a counted loop several times as fast as for-of.
  for (let i = 0; i < addresses.length; i++) {
    const address = addresses[i];
    if (address > high) high = address;
    if (address < low) low = address;
  }
  largest.set(buffer, low < 0 ? Number.POSITIVE_INFINITY : high);
}

/** Inputs of a plan whose addresses are read at, by their places, with what they must be below. */
export type AddressLimits = readonly { readonly input: number; readonly extent: number }[];

/** The limits of a plan. */
export const addressLimits = (inputs: readonly PlanInput[]): AddressLimits =>
  inputs.flatMap(({ extent }, input) => (Number.isFinite(extent) ? [{ input, extent }] : []));

/** The limits of the first inputs, and those of the others by their places among these. */
export const splitLimits = (
  limits: AddressLimits,
  first: number,
): [AddressLimits, AddressLimits] => [
  limits.filter(({ input }) => input < first),
  limits.flatMap(({ input, extent }) => (input < first ? [] : [{ input: input - first, extent }])),
];

/**
 * Throws a ShapeError at buffers with an address beyond its limit. Numbers that a device computed are
 * read back first; then, and only then, the result is a promise.
 */
export function expectAddressesWithin(
  device: Device,
  limits: AddressLimits,
  buffers: Buffers,
): void | Promise<void> {
  for (const { input, extent } of limits) {
    const reach = largest.get(buffers[input]);
    if (reach === undefined) return measured(device, limits, buffers);
    if (reach < extent) continue;
    throw new ShapeError(
      `an index tensor has an address that is negative or not below ${extent}, the number of cells ` +
        'or rows that are read at it: make it by rowIndex or sparsePattern, for a table of this size',
    );
  }
}

async function measured(device: Device, limits: AddressLimits, buffers: Buffers): Promise<void> {
  for (const { input } of limits) {
    const buffer = buffers[input];
    if (!largest.has(buffer)) noteAddresses(buffer, await device.read(buffer));
  }
  await expectAddressesWithin(device, limits, buffers);
}
