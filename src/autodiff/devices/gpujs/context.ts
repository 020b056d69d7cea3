/** @file What the programs of a gpu.js mode share: the modes, the context, the guards. */

import type { GPU as Gpu, IKernelRunShortcut } from 'gpu.js';
import type { Kernel } from '../../compile/plan.ts';
import { DeviceError } from '../device.ts';
import type { BufferPool } from './buffers.ts';

export const modes = ['webgpu', 'webgl2', 'webgl', 'headlessgl', 'webasm', 'cpu'] as const;
export type GpujsMode = (typeof modes)[number];

export const isGpujsMode = (name: string): name is GpujsMode =>
  (modes as readonly string[]).includes(name);

/** gpu.js addresses cells in f32 somewhere in every mode: beyond 2^24 it reads wrong cells. */
export const maxCells = 2 ** 24;

export function checkCells(size: number): void {
  if (size > maxCells) {
    throw new DeviceError(
      `gpu.js addresses at most ${maxCells} cells of a buffer exactly, got ${size}; ` +
        'use smaller batches or blocks',
    );
  }
}

/** What the programs of a mode share. */
export interface GpujsContext {
  readonly gpu: Gpu;
  readonly mode: GpujsMode;
  readonly buffers: BufferPool;
  createKernel(kernel: Kernel, settings?: object): IKernelRunShortcut;
}

/**
 * The loop bound that gpu.js never reaches: without it every loop whose bound is not a literal
 * is cut at 1000 iterations, silently and on every backend.
 */
export const loopMaxIterations = maxCells;

/** Throws unless gpu.js compiled the kernel for the mode asked for: it degrades with a warning. */
export function expectMode(kernel: IKernelRunShortcut, mode: GpujsMode): void {
  const { kernel: compiled } = kernel as unknown as {
    kernel: { fallbackReason?: string | null; constructor: { mode: string } };
  };
  // A bundler may rename the kernel's class, but not its mode, which is `gpu` for every WebGL.
  const ran = compiled.constructor.mode;
  const expected = mode.includes('gl') ? 'gpu' : mode;
  if (compiled.fallbackReason || ran !== expected) {
    throw new DeviceError(
      `gpu.js ran a ${ran} kernel where gpujs:${mode} was asked for` +
        (compiled.fallbackReason ? `: ${compiled.fallbackReason}` : ''),
    );
  }
}

/** Results stay on the GPU; they come from kernels of any shape, so sizes are uniforms. */
export const residentSettings = { pipeline: true, immutable: true, dynamicArguments: true };
