/** @file Opens devices by name, and keeps the default one. */

import { type Device, DeviceError } from './device.ts';
import { isGpujsMode } from './gpujs/context.ts';
import { availableModes, openGpujs } from './gpujs/gpujs.ts';
import { openReference } from './reference.ts';
import { openSimd, type SimdOptions } from './simd/simd.ts';

/**
 * Opens a device: `reference`, `simd`, `gpujs:<mode>` for a mode of gpu.js, or `auto`, which takes
 * WebGPU if an adapter answers and `simd` if not. `threads` is how many `simd` computes on, default
 * all cores; `relaxed: false` keeps it from fusing products with sums, as engines do differently.
 * Throws a DeviceError that names the devices that are there.
 */
export async function openDevice(
  name = 'auto',
  options: Pick<SimdOptions, 'threads' | 'relaxed'> = {},
): Promise<Device> {
  if (name === 'reference') return openReference();
  if (name === 'simd') return openSimd(options);
  const modes = await availableModes();
  if (name === 'auto') return modes.includes('webgpu') ? openGpujs('webgpu') : openSimd(options);
  const [family, mode] = name.split(':');
  if (family === 'gpujs' && isGpujsMode(mode) && modes.includes(mode)) return openGpujs(mode);
  const names = ['auto', 'reference', 'simd', ...modes.map((there) => `gpujs:${there}`)];
  throw new DeviceError(`device ${name} is not available here; there are ${names.join(', ')}`);
}

let chosen: Promise<Device> | undefined;

/** The device used where none is named: `auto`, opened when first needed. */
export function defaultDevice(): Promise<Device> {
  chosen ??= openDevice();
  return chosen;
}

/** Makes a device the one used where none is named. */
export function setDefaultDevice(device: Device): void {
  chosen = Promise.resolve(device);
}
