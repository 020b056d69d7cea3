/**
 * @file What the programs of a gpu.js mode share, and the guards against what gpu.js (2.24) does
 * without an error. Further guards: `source.ts` prints infinities and functions that shaders get
 * wrong, `buffers.ts` counts the textures to delete, `fused.ts` and `stepped.ts` await every call.
 */

import type { GPU as Gpu, IKernelRunShortcut } from 'gpu.js';
import type { Kernel } from '../../compile/plan.ts';
import type { HostArray } from '../../tape/tensor.ts';
import { DeviceError } from '../device.ts';
import type { BufferPool } from './buffers.ts';

/** The modes of gpu.js, the most parallel one first. */
export const modes = ['webgpu', 'webgl2', 'webgl', 'headlessgl', 'webasm', 'cpu'] as const;

/** How gpu.js runs a kernel: on a GPU by one of its interfaces, or on the host. */
export type GpujsMode = (typeof modes)[number];

/** gpu.js computes addresses in f32 in every mode, and those beyond 2^24 silently round. */
export const maxCells = 2 ** 24;

/** Guard: throws a DeviceError for a buffer whose cells gpu.js cannot all address. */
export function checkCells(size: number): void {
  if (size > maxCells) {
    throw new DeviceError(
      `gpu.js addresses at most ${maxCells} cells of a buffer exactly, got ${size}; ` +
        'use smaller batches or blocks',
    );
  }
}

/** Guard: throws a DeviceError for an address that f32 rounds. */
export function checkAddresses(addresses: HostArray): void {
  for (let i = 0; i < addresses.length; i++) {
    if (Math.abs(addresses[i]) <= maxCells) continue;
    throw new DeviceError(
      `gpu.js holds addresses of at most ${maxCells} exactly, got ${addresses[i]}; use smaller ` +
        'batches or blocks',
    );
  }
}

/** An open mode of gpu.js. */
export interface GpujsContext {
  readonly gpu: Gpu;
  readonly mode: GpujsMode;
  readonly buffers: BufferPool;
  /** Compiles a kernel; gpu.js does so at its first call. */
  createKernel(kernel: Kernel, settings?: object): IKernelRunShortcut;
}

/**
 * Guard: gpu.js silently cuts every loop whose bound is not a literal after this many iterations,
 * by default 1000. No loop over the cells of a buffer reaches this bound.
 */
export const loopMaxIterations = maxCells;

/**
 * Guard: throws a DeviceError unless gpu.js ran the kernel in the mode that was asked for. Where a
 * kernel does not compile, gpu.js warns on the console and runs it on the CPU.
 */
export function expectMode(kernel: IKernelRunShortcut, mode: GpujsMode): void {
  const { kernel: compiled } = kernel as unknown as {
    kernel: { fallbackReason?: string | null; constructor: { mode: string } };
  };
  // The mode is `gpu` for every WebGL. A bundler may rename the kernel's class, but not its mode.
  const ran = compiled.constructor.mode;
  const expected = mode.includes('gl') ? 'gpu' : mode;
  if (compiled.fallbackReason || ran !== expected) {
    throw new DeviceError(
      `gpu.js ran a ${ran} kernel where gpujs:${mode} was asked for` +
        (compiled.fallbackReason ? `: ${compiled.fallbackReason}` : ''),
    );
  }
}

/** Results stay on the GPU. Arguments have any size, so sizes must be uniforms, not constants. */
export const residentSettings = { pipeline: true, immutable: true, dynamicArguments: true };
