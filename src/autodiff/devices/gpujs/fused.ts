/** @file Runs a plan as one gpu.js pipeline: on `webasm` it is one call over one memory. */

import type { IKernelRunShortcut, IPipelineRunShortcut } from 'gpu.js';
import type { Plan } from '../../compile/plan.ts';
import { sizeOf } from '../../tape/shape.ts';
import { type DeviceBuffer, DeviceError, type Program } from '../device.ts';
import { flatResult, type GpujsBuffer } from './buffers.ts';
import type { GpujsContext } from './context.ts';

type Call = (...args: unknown[]) => unknown;

export class FusedProgram implements Program {
  private readonly kernels: IKernelRunShortcut[];
  private readonly pipeline: IPipelineRunShortcut;

  constructor(
    private readonly context: GpujsContext,
    private readonly plan: Plan,
  ) {
    this.kernels = plan.kernels.map((kernel) => context.createKernel(kernel));
    const calls = this.kernels as unknown as Call[];
    // gpu.js traces this function once; the handles stand for values that exist when it runs.
    const orchestrate = (...inputs: unknown[]) => {
      const values: unknown[] = [];
      plan.kernels.forEach((kernel, i) => {
        const args = kernel.arguments.map(({ place }) =>
          place.kind === 'input' ? inputs[place.index] : values[place.index],
        );
        values[kernel.output] = calls[i](...args);
      });
      return plan.outputs.map(({ place }) => values[place.index]);
    };
    // gpu.js makes as many handles as the function declares parameters.
    Object.defineProperty(orchestrate, 'length', { value: plan.inputs.length });
    this.pipeline = context.gpu.createPipeline(orchestrate);
  }

  async run(inputs: readonly DeviceBuffer[]): Promise<DeviceBuffer[]> {
    const { buffers } = this.context;
    const args = (inputs as readonly GpujsBuffer[]).map((buffer) => {
      buffers.expectLive(buffer);
      return buffer.data;
    });
    const results = (await this.pipeline(...(args as never[]))) as unknown[];
    this.expectFused();
    return this.plan.outputs.map(({ shape }, i) => {
      const size = sizeOf(shape);
      return buffers.hold(size, { data: flatResult(results[i], size) });
    });
  }

  /** Throws if gpu.js gave up the fused execution, which it would only whisper to the console. */
  private expectFused(): void {
    const { executorKind, fallbackReason } = this.pipeline;
    if (fallbackReason || !executorKind.startsWith('fused')) {
      throw new DeviceError(
        `gpu.js ran a ${executorKind} pipeline where gpujs:${this.context.mode} was asked for` +
          (fallbackReason ? `: ${fallbackReason}` : ''),
      );
    }
  }

  dispose(): void {
    this.pipeline.destroy();
    for (const kernel of this.kernels) kernel.destroy();
  }
}
