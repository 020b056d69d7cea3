/** @file Runs a plan as one gpu.js pipeline, which `webasm` executes in one call. */

import type { IKernelRunShortcut, IPipelineRunShortcut } from 'gpu.js';
import type { Plan } from '../../compile/plan.ts';
import { sizeOf } from '../../tape/shape.ts';
import { refusal } from '../content-policy.ts';
import { type DeviceBuffer, DeviceError, type Program } from '../device.ts';
import { flatResult, type GpujsBuffer } from './buffers.ts';
import type { GpujsContext } from './context.ts';

type Call = (...args: unknown[]) => unknown;

/** A plan as a pipeline; its outputs are numbers on the host. */
export class FusedProgram implements Program {
  private readonly kernels: IKernelRunShortcut[];
  private readonly pipeline: IPipelineRunShortcut;

  constructor(
    private readonly context: GpujsContext,
    private readonly plan: Plan,
  ) {
    this.kernels = plan.kernels.map((kernel) => context.createKernel(kernel));
    const calls = this.kernels as unknown as Call[];
    const computed = plan.outputs
      .map(({ place }) => place)
      .filter((place) => place.kind !== 'empty');
    // gpu.js traces this function once, with handles in place of values.
    const orchestrate = (...inputs: unknown[]) => {
      const values: unknown[] = [];
      plan.kernels.forEach((kernel, i) => {
        const args = kernel.arguments.map(({ place }) =>
          place.kind === 'input' ? inputs[place.index] : values[place.index],
        );
        values[kernel.output] = calls[i](...args);
      });
      return computed.map((place) => values[place.index]);
    };
    // gpu.js makes as many handles as the function declares parameters.
    Object.defineProperty(orchestrate, 'length', { value: plan.inputs.length });
    this.pipeline = context.gpu.createPipeline(orchestrate);
  }

  async run(inputs: readonly DeviceBuffer[]): Promise<DeviceBuffer[]> {
    const { buffers } = this.context;
    const args = (inputs as readonly GpujsBuffer[]).map((buffer) => {
      buffers.expectAllocated(buffer);
      return buffer.data;
    });
    const results = this.kernels.length > 0 ? await this.results(args) : [];
    let next = 0;
    return this.plan.outputs.map(({ place, shape }) => {
      if (place.kind === 'empty') return buffers.empty();
      const size = sizeOf(shape);
      return buffers.add(size, { data: flatResult(results[next++], size) });
    });
  }

  private async results(args: readonly unknown[]): Promise<unknown[]> {
    // Awaited, because version 3 of gpu.js makes every call a Promise.
    try {
      const results = (await this.pipeline(...(args as never[]))) as unknown[];
      this.expectFused();
      return results;
    } catch (error) {
      throw refusal(`gpujs:${this.context.mode}`, error);
    }
  }

  /** Guard: throws a DeviceError if gpu.js gave up the fused execution, of which it only warns. */
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
