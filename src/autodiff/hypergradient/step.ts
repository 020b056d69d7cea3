/** @file One step of training, Φ, on a device: replayed forward, and pulled back. */

import type { Device } from '../devices/device.ts';
import { add } from '../ops/broadcasting.ts';
import { buffersOf, dropUploads } from '../run/buffers.ts';
import { prepare, Replay } from '../run/computation.ts';
import type { Buffers } from '../run/owned.ts';
import { cotangents, placeholders, type Trace, trace } from '../run/trace.ts';
import { describe, expectSameTree, mapTree, type Tree } from '../tape/tree.ts';
import { batchOf, type Training } from './problem.ts';

/** Φ for data of one set of shapes, traced once. */
class BoundStep<S extends Tree, I extends Tree, B extends Tree> {
  private pullback: Replay | undefined;

  private constructor(
    private readonly device: Device,
    private readonly traced: Trace<[S, I, B], S>,
    readonly forward: Replay,
  ) {}

  static async bind<S extends Tree, I extends Tree, B extends Tree>(
    training: Training<S, I, B>,
    examples: [S, I, B],
    device: Device,
  ): Promise<BoundStep<S, I, B>> {
    const traced = trace((...args: [S, I, B]) => training.step(...args), examples);
    expectSameTree('step: the state it returns', examples[0], traced.result);
    const forward = await Replay.bind(device, prepare(traced.result, traced.args));
    return new BoundStep(device, traced, forward);
  }

  /** From θ, X̂, data, α and g to α ∂Φ/∂θ and g + α ∂Φ/∂X̂. */
  async back(): Promise<Replay> {
    this.pullback ??= await this.bindPullback();
    return this.pullback;
  }

  private bindPullback(): Promise<Replay> {
    const { args } = this.traced;
    const sources: [S, I] = [args[0], args[1]];
    const [alpha, g] = placeholders(sources);
    const [ctState, ctInputs] = cotangents(this.traced, alpha, sources);
    const outputs = [ctState, mapTree(add, g, ctInputs)];
    return Replay.bind(this.device, prepare(outputs, [...args, alpha, g]));
  }

  release(): void {
    this.forward.release();
    this.pullback?.release();
  }
}

/** Φ_t of a training run, for given inputs. A state is the list of its leaves' buffers. */
export class Step<S extends Tree, I extends Tree, B extends Tree> {
  /** By the shapes of the data of a step. */
  private readonly bound = new Map<string, BoundStep<S, I, B>>();

  constructor(
    private readonly training: Training<S, I, B>,
    private readonly device: Device,
    private readonly like: { readonly state: S; readonly inputs: I },
    private readonly inputs: Buffers,
  ) {}

  /** Compiles step 0, and its pullback where asked for, and uploads the constants of both. */
  async ready({ back }: { readonly back: boolean }): Promise<void> {
    await this.withData(0, async (bound) => {
      if (back) await bound.back();
    });
  }

  /** θ_{t+1} = Φ_t(θ_t, X̂). */
  forward(t: number, state: Buffers): Promise<Buffers> {
    return this.withData(t, ({ forward }, data) =>
      forward.run([...state, ...this.inputs, ...data]),
    );
  }

  /** From (α_{t+1}, g) to (α_{t+1} ∂Φ_t/∂θ_t, g + α_{t+1} ∂Φ_t/∂X̂), each pair as one list. */
  back(t: number, state: Buffers, adjoint: Buffers): Promise<Buffers> {
    return this.withData(t, async (bound, data) =>
      (await bound.back()).run([...state, ...this.inputs, ...data, ...adjoint]),
    );
  }

  /** Does something with the data of a step, which then leaves the device. */
  private async withData<T>(
    t: number,
    run: (bound: BoundStep<S, I, B>, data: Buffers) => T | Promise<T>,
  ): Promise<T> {
    const { device } = this;
    const batch = batchOf(this.training, t);
    const bound = await this.boundTo(batch);
    try {
      return await run(bound, await buffersOf(device, batch));
    } finally {
      await dropUploads(device, batch);
    }
  }

  private async boundTo(batch: B): Promise<BoundStep<S, I, B>> {
    const shapes = describe(batch);
    const known = this.bound.get(shapes);
    if (known) return known;
    const { state, inputs } = this.like;
    const bound = await BoundStep.bind(this.training, [state, inputs, batch], this.device);
    this.bound.set(shapes, bound);
    return bound;
  }

  close(): void {
    for (const bound of this.bound.values()) bound.release();
  }
}
