/** @file The `gpujs:<mode>` devices: gpu.js compiles the printed kernels and runs them. */

import type { GPU as Gpu, IKernelRunShortcut } from 'gpu.js';
import type { Kernel, Plan } from '../plan.ts';
import { sizeOf } from '../shape.ts';
import type { HostArray } from '../tensor.ts';
import { type Device, DeviceError, type Program } from './device.ts';
import { BufferPool, flatResult, type GpujsBuffer, type Handle } from './gpujs-buffer.ts';
import { FusedProgram } from './gpujs-fused.ts';
import { gpujsSource } from './gpujs-source.ts';
import { residentSettings, SteppedProgram } from './gpujs-stepped.ts';

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
  readonly buffers: BufferPool;
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

const pools = new WeakMap<Device, BufferPool>();

/** How many buffers a gpu.js device holds: uploads and results that were not freed. */
export const liveBuffers = (device: Device): number => pools.get(device)?.count ?? 0;

/** Opens a mode of gpu.js that is known to be there. */
export async function openGpujs(mode: GpujsMode): Promise<Device> {
  const { GPU } = await loadLibrary();
  const gpu = new GPU({ mode });
  const buffers = new BufferPool();
  const create = (source: string, settings: object) =>
    gpu.createKernel(source as never, {
      // The published types do not know this setting.
      ...{ loopMaxIterations },
      precision: 'single',
      // Else shaders declare lowp variables, which phones take at their word.
      tactic: 'precision',
      ...settings,
    });
  const context: GpujsContext = {
    gpu,
    mode,
    buffers,
    createKernel: (kernel, settings) => {
      const { source, functions } = gpujsSource(kernel, !runsOnHost(mode));
      return create(source, { output: [...kernel.threads].reverse(), functions, ...settings });
    },
  };
  const upload = runsOnHost(mode) ? holdOnHost(buffers) : uploader(context, create);
  const device: Device = {
    name: `gpujs:${mode}`,
    precision: 'f32',
    recurrences: false,
    upload: async (data) => {
      checkCells(data.length);
      return upload(data);
    },
    read: async (buffer) => readBuffer(buffers, buffer as GpujsBuffer),
    free: (buffer) => buffers.free(buffer as GpujsBuffer),
    compile: async (plan) => compilePlan(context, plan),
    dispose: async () => {
      buffers.freeAll();
      await gpu.destroy();
    },
  };
  pools.set(device, buffers);
  return device;
}

const runsOnHost = (mode: GpujsMode): boolean => mode === 'webasm' || mode === 'cpu';

function compilePlan(context: GpujsContext, plan: Plan): Program {
  for (const size of [...plan.buffers, ...plan.inputs.map(({ shape }) => sizeOf(shape))]) {
    checkCells(size);
  }
  return context.mode === 'webasm'
    ? new FusedProgram(context, plan)
    : new SteppedProgram(context, plan);
}

type Upload = (data: HostArray) => GpujsBuffer | Promise<GpujsBuffer>;

/** Index buffers travel as f32 too. */
const holdOnHost =
  (buffers: BufferPool): Upload =>
  (data) =>
    buffers.hold(data.length, { data: Float32Array.from(data) });

/** Numbers given to a kernel are sent again with every call, so one kernel makes them a handle. */
function uploader(
  context: GpujsContext,
  create: (source: string, settings: object) => IKernelRunShortcut,
): Upload {
  let copy: (IKernelRunShortcut & ((data: Float32Array) => unknown)) | undefined;
  return async (data) => {
    copy ??= create('function (a0) { return a0[this.thread.x]; }', {
      ...residentSettings,
      dynamicOutput: true,
    }) as NonNullable<typeof copy>;
    copy.setOutput([data.length]);
    const handle = (await copy(Float32Array.from(data))) as Handle;
    expectMode(copy, context.mode);
    return context.buffers.hold(data.length, { handle });
  };
}

async function readBuffer(buffers: BufferPool, buffer: GpujsBuffer): Promise<Float32Array> {
  buffers.expectLive(buffer);
  if (buffer.handle) return flatResult(await buffer.handle.toArray(), buffer.size);
  return (buffer.data as Float32Array).slice();
}
