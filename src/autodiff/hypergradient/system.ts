/**
 * @file The linear systems of implicit differentiation at a trained state θ, and the hypergradients
 * that their solutions give. With b = ∂f/∂θ, either of the training loss L
 *
 *     A q = b,  A = ∂²L/∂θ²                  h = ∂f/∂x - (∂²L/∂x∂θ)ᵀ q
 *
 * or of the step Φ, or of Φ = Φ_{L-1} ∘ … ∘ Φ_{L-n} where n steps make a cycle,
 *
 *     (I - (∂Φ/∂θ)ᵀ) q = b                   h = ∂f/∂x + (∂Φ/∂x)ᵀ q
 */

import type { Buffers } from '../run/owned.ts';
import { placeholders } from '../run/trace.ts';
import { leaves, type Tree } from '../tape/tree.ts';
import { MethodError } from './checkpoints.ts';
import { download, upload, zeroVector } from './host.ts';
import { type BlockedLoss, LossDerivatives } from './loss-derivatives.ts';
import type { LinearSystem } from './solvers/solver.ts';
import type { Trained } from './trained.ts';
import { norm, plus, type Vector } from './vectors.ts';

/** A linear system at a trained state. */
export interface ImplicitSystem extends LinearSystem {
  /** h - ∂f/∂x, for a solution q. */
  shift(q: Vector): Promise<Vector>;
  /** Products with A so far. */
  readonly products: number;
  close(): void;
}

/** The leaves of a state that are the parameters of the loss, by their position. */
export interface Selection<P extends Tree> {
  readonly like: P;
  readonly positions: readonly number[];
}

/** Where `parameters` finds the parameters. Throws a MethodError unless it selects leaves. */
export function selectionOf<S extends Tree, P extends Tree>(
  like: S,
  parameters: (state: S) => P,
): Selection<P> {
  const state = placeholders(like, 'the state');
  const all = leaves(state);
  const chosen = parameters(state);
  const positions = leaves(chosen, 'parameters').map((leaf) => all.indexOf(leaf));
  if (positions.includes(-1) || new Set(positions).size < positions.length) {
    throw new MethodError(
      'parameters: expected some tensors of the state, each once and as they are: those that the ' +
        'loss depends on',
    );
  }
  return { like: chosen, positions };
}

/** The system of the Hessian of a loss. */
export class HessianSystem<I extends Tree, P extends Tree, D extends Tree>
  implements ImplicitSystem
{
  private constructor(
    readonly loss: LossDerivatives<P, I, D>,
    /** The buffers of the parameters. */
    readonly at: Buffers,
    readonly b: Vector,
  ) {}

  static async open<S extends Tree, I extends Tree, B extends Tree, P extends Tree, D extends Tree>(
    { training, last, adjoint }: Trained<S, I, B>,
    inputs: I,
    of: BlockedLoss<P, I, D>,
    { like, positions }: Selection<P>,
  ) {
    const { device } = training;
    const others = adjoint.filter((_, i) => !positions.includes(i));
    if (norm(await download(device, others)) > 0) {
      throw new MethodError(
        'implicit: the objective depends on parts of the state that are no parameters of the ' +
          'loss, whose derivative the implicit function theorem does not give: use exact()',
      );
    }
    const pick = (buffers: Buffers) => positions.map((position) => buffers[position]);
    const loss = new LossDerivatives(of, { parameters: like, inputs }, training);
    return new HessianSystem<I, P, D>(loss, pick(last), await download(device, pick(adjoint)));
  }

  readonly apply = (v: Vector): Promise<Vector> => this.loss.hessian(this.at, v);

  async shift(q: Vector): Promise<Vector> {
    return (await this.loss.mixed(this.at, q)).map((value) => -value);
  }

  get products(): number {
    return this.loss.products;
  }

  close(): void {
    this.loss.close();
  }
}

/** The system of the last steps of the training, which are taken again from the trained state. */
export class MapSystem<S extends Tree, I extends Tree, B extends Tree> implements ImplicitSystem {
  products = 0;

  private constructor(
    private readonly trained: Trained<S, I, B>,
    private readonly inputs: I,
    /** The number of the first step of the cycle. */
    private readonly first: number,
    /** The states before each step of the cycle. */
    private readonly states: readonly Buffers[],
    readonly b: Vector,
  ) {}

  static async open<S extends Tree, I extends Tree, B extends Tree>(
    trained: Trained<S, I, B>,
    inputs: I,
    { steps, cycle }: { readonly steps: number; readonly cycle: number },
  ) {
    if (cycle > steps) {
      throw new MethodError(
        `implicit: a cycle of ${cycle} steps is longer than the training of ${steps}`,
      );
    }
    const { training, owned, last, adjoint } = trained;
    const first = steps - cycle;
    const states = [last];
    for (let t = first; t < steps - 1; t++) {
      states.push(owned.keep(await training.step.forward(t, states[t - first])));
    }
    const b = await download(training.device, adjoint);
    return new MapSystem(trained, inputs, first, states, b);
  }

  readonly apply = async (v: Vector): Promise<Vector> => {
    const { state } = await this.pulledBack(v);
    return plus(v, -1, state);
  };

  async shift(q: Vector): Promise<Vector> {
    return (await this.pulledBack(q)).inputs;
  }

  /** (∂Φ/∂θ)ᵀ v and (∂Φ/∂x)ᵀ v. */
  private async pulledBack(v: Vector): Promise<{ state: Vector; inputs: Vector }> {
    const { training } = this.trained;
    const { device, like, step, turns } = training;
    const width = leaves(like).length;
    this.products++;
    let alpha = await upload(device, like, v);
    const inputs = zeroVector(this.inputs);
    for (let i = this.states.length - 1; i >= 0; i--) {
      const results = await step.share(this.first + i, this.states[i], alpha);
      for (const buffer of alpha) device.free(buffer);
      alpha = results.slice(0, width);
      const share = await download(device, results.slice(width));
      for (const buffer of results.slice(width)) device.free(buffer);
      share.forEach((value, at) => (inputs[at] += value));
      await turns.pass();
    }
    const state = await download(device, alpha);
    for (const buffer of alpha) device.free(buffer);
    return { state, inputs };
  }

  close(): void {}
}
