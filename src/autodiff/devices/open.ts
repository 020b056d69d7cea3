/** @file Opens devices by name, and keeps the default one. */

import { expectOptions } from '../tape/options.ts';
import { type Device, DeviceError, expectDevice } from './device.ts';
import { openReference } from './reference.ts';
import { openSimd, type SimdOptions } from './simd/simd.ts';

/**
 * Opens a device: `reference`, `simd`, `gpujs:<mode>` for a mode of gpu.js, or `auto`, which is
 * `simd`: where training has many small kernels it was faster than a data centre's GPU, and it has
 * no limit of 2^24 cells (`npm run bench -- browser`). `threads` is how many threads `simd` uses,
 * default all cores, and the others one; `relaxed: false` keeps `simd` from fusing products with
 * sums, which not all engines round alike and the others never do. Throws a DeviceError that names
 * the available devices if there is no such device, at a number of threads that is none, and where
 * `threads` or `relaxed` asks another device for what `simd` alone has.
 */
export async function openDevice(
  name = 'auto',
  options: Pick<SimdOptions, 'threads' | 'relaxed'> = {},
): Promise<Device> {
  expectOptions('openDevice', options, ['threads', 'relaxed']);
  if (name === 'simd' || name === 'auto') return openSimd(options);
  const { threads = 1, relaxed = false } = options;
  if (threads !== 1) {
    throw new DeviceError(`${name}: threads are for simd alone: leave them out, got ${threads}`);
  }
  if (relaxed) throw new DeviceError(`${name}: relaxed is for simd alone: leave it out`);
  if (name === 'reference') return openReference();
  // Pages that compute on `simd` do not load what they do not use.
  const { availableModes, openGpujs } = await import('./gpujs/gpujs.ts');
  const modes = await availableModes();
  const mode = modes.find((available) => name === `gpujs:${available}`);
  if (mode) return openGpujs(mode);
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
