/** @file Opens devices by name, and keeps the default one. */

import { expectOptions } from '../tape/options.ts';
import { type Device, DeviceError, expectDevice } from './device.ts';
import { openReference } from './reference.ts';
import { openSimd, type SimdOptions } from './simd/simd.ts';

/**
 * Opens a device: `reference`, `simd`, `gpujs:<mode>` for a mode of gpu.js, or `auto`, which is
 * `simd`: where training has many small kernels it was faster than a data centre's GPU, and it has
 * no limit of 2^24 cells (`npm run bench -- browser`). `threads` is how many threads `simd` uses,
 * default all cores; `relaxed: false` keeps `simd` from fusing products with sums, which not all
 * engines round alike. Throws a DeviceError that names the available devices if there is no such
 * device, and at options of `simd` for another.
 */
export async function openDevice(
  name = 'auto',
  options: Pick<SimdOptions, 'threads' | 'relaxed'> = {},
): Promise<Device> {
  expectOptions('openDevice', options, ['threads', 'relaxed']);
  if (name === 'simd' || name === 'auto') return openSimd(options);
  const unread = Object.entries(options).filter(([, value]) => value !== undefined);
  const withoutOptions = <T>(open: () => T): T => {
    if (unread.length === 0) return open();
    throw new DeviceError(`device ${name} has no ${unread[0][0]}, which is for simd: leave it out`);
  };
  if (name === 'reference') return withoutOptions(openReference);
  // Pages that compute on `simd` do not load what they do not use.
  const { availableModes, openGpujs } = await import('./gpujs/gpujs.ts');
  const modes = await availableModes();
  const mode = modes.find((available) => name === `gpujs:${available}`);
  if (mode) return withoutOptions(() => openGpujs(mode));
  const names = ['auto', 'reference', 'simd', ...modes.map((available) => `gpujs:${available}`)];
  throw new DeviceError(`device ${name} is not available here; there are ${names.join(', ')}`);
}

let usedByDefault: Promise<Device> | undefined;

/** The device that is used where none is named: `auto`, opened when it is first needed. */
export function defaultDevice(): Promise<Device> {
  usedByDefault ??= openDevice();
  return usedByDefault;
}

/** Sets the device that is used where none is named. */
export function setDefaultDevice(device: Device): void {
  expectDevice('setDefaultDevice', device);
  usedByDefault = Promise.resolve(device);
}
