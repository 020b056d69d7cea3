/** @file Runs a plan kernel by kernel; on GPUs the values in between stay in GPU memory. */

import type { IKernelRunShortcut } from 'gpu.js';
import type { Plan } from '../../compile/plan.ts';
import type { DeviceBuffer, Program } from '../device.ts';
import { flatResult, type GpujsBuffer, type Handle } from './buffers.ts';
import { expectMode, type GpujsContext, residentSettings } from './context.ts';

type Call = (...args: unknown[]) => unknown;

/** A plan as a call for each kernel. */
export class SteppedProgram implements Program {
  private readonly kernels: IKernelRunShortcut[];
  private readonly onHost: boolean;

  constructor(
    private readonly context: GpujsContext,
    private readonly plan: Plan,
  ) {
    this.onHost = context.mode === 'cpu';
    const settings = this.onHost ? {} : residentSettings;
    this.kernels = plan.kernels.map((kernel) => context.createKernel(kernel, settings));
  }

  async run(inputs: readonly DeviceBuffer[]): Promise<DeviceBuffer[]> {
    const { plan } = this;
    const { buffers } = this.context;
    const given = inputs as readonly GpujsBuffer[];
    for (const buffer of given) buffers.expectAllocated(buffer);
    const values: GpujsBuffer[] = new Array(plan.buffers.length);
    for (let i = 0; i < plan.kernels.length; i++) {
      const kernel = plan.kernels[i];
      const args = kernel.arguments.map(({ place }) => {
        const buffer = place.kind === 'input' ? given[place.index] : values[place.index];
        return buffer.handle ?? buffer.data;
      });
      // Awaited, because WebGPU and version 3 of gpu.js make every call a Promise.
      const result = await (this.kernels[i] as unknown as Call)(...args);
      expectMode(this.kernels[i], this.context.mode);
      if (values[kernel.output]) buffers.free(values[kernel.output]);
      values[kernel.output] = this.wrap(result, plan.buffers[kernel.output]);
    }
    const outputs = new Set(plan.outputs.map(({ place }) => place.index));
    values.forEach((value, i) => {
      if (!outputs.has(i)) buffers.free(value);
    });
    return plan.outputs.map(({ place }) => values[place.index]);
  }

  private wrap(result: unknown, size: number): GpujsBuffer {
    const { buffers } = this.context;
    return this.onHost
      ? buffers.add(size, { data: flatResult(result, size) })
      : buffers.add(size, { handle: result as Handle });
  }

  dispose(): void {
    for (const kernel of this.kernels) kernel.destroy();
  }
}
