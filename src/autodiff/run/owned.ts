/** @file The buffers of one run, so that one that fails or is stopped leaves nothing on its device. */

import type { Device, DeviceBuffer } from '../devices/device.ts';

/** The buffers of a tree's leaves on one device, in the order of `leaves`. */
export type Buffers = readonly DeviceBuffer[];

/** The owner of a run's buffers: what it keeps is freed, given away, or freed at the run's end. */
export class Owned {
  private readonly buffers = new Set<DeviceBuffer>();

  constructor(private readonly device: Device) {}

  /** Owns buffers from here on. */
  keep(buffers: Buffers): Buffers {
    for (const buffer of buffers) this.buffers.add(buffer);
    return buffers;
  }

  /** Leaves buffers to a new owner. */
  giveAway(buffers: Buffers): Buffers {
    for (const buffer of buffers) this.buffers.delete(buffer);
    return buffers;
  }

  free(buffers: Buffers): void {
    for (const buffer of this.giveAway(buffers)) this.device.free(buffer);
  }

  freeAll(): void {
    this.free([...this.buffers]);
  }
}
