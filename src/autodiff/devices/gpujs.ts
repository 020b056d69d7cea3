/** @file The `gpujs:<mode>` devices: gpu.js compiles the printed kernels and runs them. */

import type { GPU as Gpu, IKernelRunShortcut } from 'gpu.js';
import type { Kernel, Plan } from '../plan.ts';
import type { HostArray } from '../tensor.ts';
import { type Device, type DeviceBuffer, DeviceError, type Program } from './device.ts';
import { FusedProgram } from './gpujs-fused.ts';
import { gpujsSource } from './gpujs-source.ts';
import { SteppedProgram } from './gpujs-stepped.ts';

const modes = ['webgpu', 'webgl2', 'webgl', 'headlessgl', 'webasm', 'cpu'] as const;
export type GpujsMode = (typeof modes)[number];

export const isGpujsMode = (name: string): name is GpujsMode =>
  (modes as readonly string[]).includes(name);

type Library = typeof import('gpu.js');

async function loadLibrary(): Promise<Library> {
  const module = (await import('gpu.js')) as Library & { default?: Library };
  return module.default ?? module;
}

/** The modes of gpu.js that work on this machine, asked of gpu.js itself. */
export async function availableModes(): Promise<GpujsMode[]> {
  const { GPU } = await loadLibrary();
  const there: Record<GpujsMode, boolean> = {
    webgpu: await GPU.isWebGPUAvailable(),
    webgl2: GPU.isWebGL2Supported,
    webgl: GPU.isWebGLSupported,
    headlessgl: GPU.isHeadlessGLSupported,
    webasm: GPU.isWebAssemblySupported,
    cpu: true,
  };
  return modes.filter((mode) => there[mode]);
}

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
  createKernel(kernel: Kernel, settings?: object): IKernelRunShortcut;
}

/**
 * The loop bound that gpu.js never reaches: without it every loop whose bound is not a literal
 * is cut at 1000 iterations, silently and on every backend.
 */
const loopMaxIterations = maxCells;

/** Throws unless gpu.js compiled the kernel for the mode asked for: it degrades with a warning. */
export function expectMode(kernel: IKernelRunShortcut, mode: GpujsMode): void {
  const { kernel: compiled } = kernel as unknown as {
    kernel: { fallbackReason?: string | null; constructor: { name: string } };
  };
  const expected = kernelClasses[mode];
  if (compiled.fallbackReason || compiled.constructor.name !== expected) {
    throw new DeviceError(
      `gpu.js ran ${compiled.constructor.name} where gpujs:${mode} was asked for` +
        (compiled.fallbackReason ? `: ${compiled.fallbackReason}` : ''),
    );
  }
}

const kernelClasses: Record<GpujsMode, string> = {
  webgpu: 'WebGPUKernel',
  webgl2: 'WebGL2Kernel',
  webgl: 'WebGLKernel',
  headlessgl: 'HeadlessGLKernel',
  webasm: 'WebAssemblyKernel',
  cpu: 'CPUKernel',
};

/** Opens a mode of gpu.js that is known to be there. */
export async function openGpujs(mode: GpujsMode): Promise<Device> {
  const { GPU } = await loadLibrary();
  const gpu = new GPU({ mode });
  const context: GpujsContext = {
    gpu,
    mode,
    createKernel: (kernel, settings) =>
      gpu.createKernel(gpujsSource(kernel) as never, {
        output: [...kernel.threads].reverse(),
        // The published types do not know this setting.
        ...{ loopMaxIterations },
        precision: 'single',
        ...settings,
      }),
  };
  const compile = async (plan: Plan): Promise<Program> => {
    for (const size of [...plan.buffers, ...plan.inputs.map(inputCells)]) checkCells(size);
    return mode === 'webasm' ? new FusedProgram(context, plan) : new SteppedProgram(context, plan);
  };
  return {
    name: `gpujs:${mode}`,
    precision: 'f32',
    upload: async (data) => toBuffer(data),
    read: async (buffer) => readBuffer(buffer as GpujsBuffer),
    free: (buffer) => freeBuffer(buffer as GpujsBuffer),
    compile,
    dispose: async () => {
      await gpu.destroy();
    },
  };
}

const inputCells = ({ shape }: { shape: readonly number[] }): number =>
  shape.reduce((size, n) => size * n, 1);

/** A texture or storage buffer of gpu.js. */
export interface Handle {
  toArray(): unknown;
  delete?(): void;
}

/** Numbers on the host (f32, index buffers too) until a GPU mode has made them a handle. */
export interface GpujsBuffer extends DeviceBuffer {
  readonly size: number;
  data: Float32Array | null;
  handle: Handle | null;
}

function toBuffer(data: HostArray): GpujsBuffer {
  checkCells(data.length);
  return { size: data.length, data: Float32Array.from(data), handle: null };
}

async function readBuffer(buffer: GpujsBuffer): Promise<Float32Array> {
  if (buffer.data) return buffer.data.slice();
  if (!buffer.handle) throw new DeviceError('internal: the buffer was freed before it was read');
  return flatResult(await buffer.handle.toArray(), buffer.size);
}

function freeBuffer(buffer: GpujsBuffer): void {
  buffer.handle?.delete?.();
  buffer.handle = null;
  buffer.data = null;
}

/** A result of gpu.js, nested by rows, as flat numbers; rows that are views of one are not copied. */
export function flatResult(result: unknown, size: number): Float32Array {
  if (result instanceof Float32Array) return result;
  const rows = (result as unknown[]).flat(2) as Float32Array[];
  const [first] = rows;
  const oneBuffer =
    first.byteOffset + size * 4 <= first.buffer.byteLength &&
    rows.every(
      (row, i) =>
        row.buffer === first.buffer && row.byteOffset === first.byteOffset + i * first.byteLength,
    );
  if (oneBuffer) return new Float32Array(first.buffer, first.byteOffset, size);
  const flat = new Float32Array(size);
  rows.forEach((row, i) => {
    flat.set(row, i * first.length);
  });
  return flat;
}
