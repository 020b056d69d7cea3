/** @file Runs a plan kernel by kernel; on GPUs values stay in textures or buffers in between. */

import type { IKernelRunShortcut } from 'gpu.js';
import type { Plan } from '../plan.ts';
import type { DeviceBuffer, Program } from './device.ts';
import {
  expectMode,
  flatResult,
  type GpujsBuffer,
  type GpujsContext,
  type Handle,
} from './gpujs.ts';

type Call = (...args: unknown[]) => unknown;

export class SteppedProgram implements Program {
  private readonly kernels: IKernelRunShortcut[];
  private readonly onHost: boolean;

  constructor(
    private readonly context: GpujsContext,
    private readonly plan: Plan,
  ) {
    this.onHost = context.mode === 'cpu';
    const settings = this.onHost
      ? {}
      : // Textures come from kernels of any output shape, so their sizes are uniforms.
        { pipeline: true, immutable: true, dynamicArguments: true };
    this.kernels = plan.kernels.map((kernel) => context.createKernel(kernel, settings));
  }

  async run(inputs: readonly DeviceBuffer[]): Promise<DeviceBuffer[]> {
    const { plan } = this;
    const given = inputs as readonly GpujsBuffer[];
    const values: (GpujsBuffer | null)[] = plan.buffers.map(() => null);
    for (let i = 0; i < plan.kernels.length; i++) {
      const kernel = plan.kernels[i];
      const args = kernel.arguments.map(({ place }) =>
        argument(place.kind === 'input' ? given[place.index] : values[place.index]),
      );
      const result = await (this.kernels[i] as unknown as Call)(...args);
      expectMode(this.kernels[i], this.context.mode);
      release(values[kernel.output]);
      values[kernel.output] = this.wrap(result, plan.buffers[kernel.output]);
    }
    const outputs = new Set(plan.outputs.map(({ place }) => place.index));
    values.forEach((value, i) => {
      if (!outputs.has(i)) release(value);
    });
    return plan.outputs.map(({ place }) => values[place.index] as GpujsBuffer);
  }

  private wrap(result: unknown, size: number): GpujsBuffer {
    return this.onHost
      ? { size, data: flatResult(result, size), handle: null }
      : { size, data: null, handle: result as Handle };
  }

  dispose(): void {
    for (const kernel of this.kernels) kernel.destroy();
  }
}

const argument = (buffer: GpujsBuffer | null): unknown => buffer?.handle ?? buffer?.data;

function release(buffer: GpujsBuffer | null): void {
  buffer?.handle?.delete?.();
}
