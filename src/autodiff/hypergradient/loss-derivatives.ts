/**
 * @file Derivatives of a training loss L(θ, x) at a point, as products with vectors on the host:
 *
 *     ∇_θ L,    A v = ∇_θ ⟨∇_θ L, v⟩,    (∂_x ∂_θ L)ᵀ v = ∇_x ⟨∇_θ L, v⟩
 *
 * Each is compiled once for each set of shapes of a block, and summed over the blocks.
 */

import type { Device } from '../devices/device.ts';
import { full } from '../ops/constant.ts';
import { withBuffers } from '../run/buffers.ts';
import { prepare, Replay } from '../run/computation.ts';
import type { Buffers } from '../run/owned.ts';
import { cotangents, cotangentsLike, trace } from '../run/trace.ts';
import type { Turns } from '../run/turns.ts';
import type { Tensor } from '../tape/tensor.ts';
import { describe, leaves, rebuild, type Tree } from '../tape/tree.ts';
import { backward } from '../transforms/backward.ts';
import { inner } from '../transforms/grad.ts';
import { download, upload, zeroVector } from './host.ts';

type Product = 'gradient' | 'hessian' | 'mixed';

/** The products as computations. */
type Recorded = {
  readonly [what in Product]: { readonly outputs: Tree; readonly parameters: Tree };
};

/** The loss of a training, as a sum over blocks of data. */
export interface BlockedLoss<P extends Tree, I extends Tree, D extends Tree> {
  readonly loss: (parameters: P, inputs: I, block: D) => Tensor;
  readonly blocks: readonly D[];
}

/** A loss on a device. `at` are the buffers of the parameters where it is differentiated. */
export class LossDerivatives<P extends Tree, I extends Tree, D extends Tree> {
  private readonly recorded = new Map<string, Recorded>();
  private readonly replays = new Map<string, Replay>();
  /** Products with the Hessian so far. */
  products = 0;

  constructor(
    private readonly of: BlockedLoss<P, I, D>,
    private readonly like: { readonly parameters: P; readonly inputs: I },
    private readonly run: {
      readonly device: Device;
      readonly inputs: Buffers;
      readonly turns: Turns;
    },
  ) {}

  /** ∇_θ L. */
  gradient(at: Buffers): Promise<Float64Array> {
    return this.sum('gradient', at, this.like.parameters);
  }

  /** A v. */
  hessian(at: Buffers, v: Float64Array): Promise<Float64Array> {
    this.products++;
    return this.sum('hessian', at, this.like.parameters, v);
  }

  /** (∂_x ∂_θ L)ᵀ v. */
  mixed(at: Buffers, v: Float64Array): Promise<Float64Array> {
    return this.sum('mixed', at, this.like.inputs, v);
  }

  close(): void {
    for (const replay of this.replays.values()) replay.release();
  }

  private async sum(
    what: Product,
    at: Buffers,
    like: Tree,
    v?: Float64Array,
  ): Promise<Float64Array> {
    const { device, inputs, turns } = this.run;
    const total = zeroVector(like);
    const direction = v ? await upload(device, this.like.parameters, v) : [];
    try {
      for (const block of this.of.blocks) {
        const replay = await this.bound(what, block);
        const run = (data: Buffers) => replay.run([...at, ...inputs, ...data, ...direction]);
        const results = await withBuffers(device, block, run);
        const part = await download(device, results);
        for (const buffer of results) device.free(buffer);
        for (let i = 0; i < total.length; i++) total[i] += part[i];
        await turns.pass();
      }
    } finally {
      for (const buffer of direction) device.free(buffer);
    }
    return total;
  }

  private async bound(what: Product, block: D): Promise<Replay> {
    const shapes = describe(block);
    const name = `${what} ${shapes}`;
    const known = this.replays.get(name);
    if (known) return known;
    const recorded = this.recorded.get(shapes) ?? this.record(block);
    this.recorded.set(shapes, recorded);
    const replay = await Replay.bind(
      this.run.device,
      prepare(recorded[what].outputs, recorded[what].parameters),
    );
    this.replays.set(name, replay);
    return replay;
  }

  private record(block: D): Recorded {
    const { parameters, inputs } = this.like;
    const names = ['parameters', 'inputs', 'block'];
    const loss = (...args: [P, I, D]) => this.of.loss(...args);
    const traced = trace(loss, [parameters, inputs, block], 'loss', names);
    const { args } = traced;
    const gradient = cotangents(traced, full([], 1), args[0]);
    const direction = cotangentsLike(args[0]);
    const slope = inner(gradient, direction);
    const sources: [P, I] = [args[0], args[1]];
    const second = backward([slope], [full([], 1)], leaves(sources));
    const [hessian, mixed] = rebuild(sources, second);
    return {
      gradient: { outputs: gradient, parameters: args },
      hessian: { outputs: hessian, parameters: [args, direction] },
      mixed: { outputs: mixed, parameters: [args, direction] },
    };
  }
}
