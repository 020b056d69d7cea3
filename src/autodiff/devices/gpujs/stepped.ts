/** @file Runs a plan kernel by kernel; on GPUs the values in between stay in GPU memory. */

import type { IKernelRunShortcut } from 'gpu.js';
import type { Plan } from '../../compile/plan.ts';
import { refusal } from '../content-policy.ts';
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
    const outputs = new Set<GpujsBuffer>();
    try {
      for (let i = 0; i < plan.kernels.length; i++) await this.runKernel(i, given, values);
      return plan.outputs.map(({ place }) => {
        const output = place.kind === 'empty' ? buffers.empty() : values[place.index];
        outputs.add(output);
        return output;
      });
    } catch (error) {
      throw refusal(`gpujs:${this.context.mode}`, error);
    } finally {
      // After a kernel that failed, all of them.
      for (const value of values) if (value && !outputs.has(value)) buffers.free(value);
    }
  }

  private async runKernel(
    i: number,
    inputs: readonly GpujsBuffer[],
    values: GpujsBuffer[],
  ): Promise<void> {
    const { buffers, mode } = this.context;
    const kernel = this.plan.kernels[i];
    const args = kernel.arguments.map(({ place }) => {
      const buffer = place.kind === 'input' ? inputs[place.index] : values[place.index];
      return buffer.handle ?? buffer.data;
    });
    // Awaited, because WebGPU and version 3 of gpu.js make every call a Promise.
    const result = await (this.kernels[i] as unknown as Call)(...args);
    const before = values[kernel.output];
    values[kernel.output] = this.wrap(result, this.plan.buffers[kernel.output]);
    if (before) buffers.free(before);
    expectMode(this.kernels[i], mode);
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
