/** @file The `gpujs:<mode>` devices: gpu.js compiles the printed kernels and runs them. */

import type { IKernelRunShortcut } from 'gpu.js';
import type { Plan } from '../../compile/plan.ts';
import type { HostArray } from '../../tape/tensor.ts';
import { expectEval } from '../content-policy.ts';
import type { Device, Program } from '../device.ts';
import { checkPlan } from './addresses.ts';
import { BufferPool, flatResult, type GpujsBuffer, type Handle } from './buffers.ts';
import {
  checkAddresses,
  checkCells,
  expectMode,
  type GpujsContext,
  type GpujsMode,
  loopMaxIterations,
  modes,
  residentSettings,
} from './context.ts';
import { FusedProgram } from './fused.ts';
import { gpujsSource } from './source.ts';
import { SteppedProgram } from './stepped.ts';

type Library = typeof import('gpu.js');

async function loadLibrary(): Promise<Library> {
  const module = (await import('gpu.js')) as Library & { default?: Library };
  return module.default ?? module;
}

/** The modes that work on this machine, according to gpu.js. */
export async function availableModes(): Promise<GpujsMode[]> {
  const { GPU } = await loadLibrary();
  const supported: Record<GpujsMode, boolean> = {
    webgpu: await GPU.isWebGPUAvailable(),
    webgl2: GPU.isWebGL2Supported,
    webgl: GPU.isWebGLSupported,
    headlessgl: GPU.isHeadlessGLSupported,
    webasm: GPU.isWebAssemblySupported,
    cpu: true,
  };
  return modes.filter((mode) => supported[mode]);
}

const pools = new WeakMap<Device, BufferPool>();

/** How many uploads and results of a gpu.js device are not freed yet. */
export const liveBuffers = (device: Device): number => pools.get(device)?.count ?? 0;

/** Opens a mode that `availableModes` lists. */
export async function openGpujs(mode: GpujsMode): Promise<Device> {
  // Where this is refused, gpu.js prints an error and goes on without a kernel.
  if (mode === 'cpu') expectEval(`gpujs:${mode}`);
  const { GPU } = await loadLibrary();
  const gpu = new GPU({ mode });
  const buffers = new BufferPool();
  const create = (source: string, settings: object) =>
    gpu.createKernel(source as never, {
      // The published types lack this setting.
      ...{ loopMaxIterations },
      precision: 'single',
      // By default shaders declare lowp variables, and phones then compute in half precision.
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
    upload: async (data, kind) => {
      checkCells(data.length);
      if (kind === 'index') checkAddresses(data);
      return data.length === 0 ? buffers.empty() : upload(data);
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
  checkPlan(plan);
  return context.mode === 'webasm'
    ? new FusedProgram(context, plan)
    : new SteppedProgram(context, plan);
}

type Upload = (data: HostArray) => GpujsBuffer | Promise<GpujsBuffer>;

/** Index buffers become f32 too. */
const holdOnHost =
  (buffers: BufferPool): Upload =>
  (data) =>
    buffers.add(data.length, { data: Float32Array.from(data) });

/**
 * An array is sent again with every call of a kernel, so one kernel copies it to the GPU. Guard: one
 * array after the other, since gpu.js compiles for WebGPU in turns of its own and then takes the
 * length that was set last, so that the array of an upload before is cut to it without an error.
 */
function uploader(
  context: GpujsContext,
  create: (source: string, settings: object) => IKernelRunShortcut,
): Upload {
  let identity: (IKernelRunShortcut & ((data: Float32Array) => unknown)) | undefined;
  const copy = async (data: HostArray): Promise<GpujsBuffer> => {
    identity ??= create('function (a0) { return a0[this.thread.x]; }', {
      ...residentSettings,
      dynamicOutput: true,
    }) as NonNullable<typeof identity>;
    identity.setOutput([data.length]);
    const handle = (await identity(Float32Array.from(data))) as Handle;
    expectMode(identity, context.mode);
    return context.buffers.add(data.length, { handle });
  };
  let before: Promise<unknown> = Promise.resolve();
  return (data) => {
    const next = before.then(() => copy(data));
    // Whoever asked for it learns of a failure; the next one does not.
    before = next.catch(() => {});
    return next;
  };
}

async function readBuffer(buffers: BufferPool, buffer: GpujsBuffer): Promise<Float32Array> {
  buffers.expectAllocated(buffer);
  if (buffer.handle) return flatResult(await buffer.handle.toArray(), buffer.size);
  return (buffer.data as Float32Array).slice();
}
