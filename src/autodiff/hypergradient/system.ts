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
import { download, downloadReal, upload, zeroVector } from './host.ts';
import { type BlockedLoss, LossDerivatives } from './loss-derivatives.ts';
import { precisions } from './precision.ts';
import type { LinearSystem } from './solvers/solver.ts';
import type { Trained } from './trained.ts';
import { norm, plus, type Vector } from './vectors.ts';

/** A linear system at a trained state, with what its solution gives. */
export interface ImplicitSystem extends LinearSystem {
  readonly matrix: 'hessian' | 'map';
  /** θ: the parameters of the loss, or the whole state. */
  readonly theta: Vector;
  /** h - ∂f/∂x, for a solution q. */
  shift(q: Vector): Promise<Vector>;
  /** Products with A so far. */
  readonly products: number;
  close(): void;
}

/** What a system of a loss is at some parameters. */
export interface AtPoint {
  /** ∂f/∂θ. */
  readonly b: Vector;
  /** ∂f/∂x. */
  readonly direct: Vector;
  apply(v: Vector): Promise<Vector>;
  shift(q: Vector): Promise<Vector>;
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
export class HessianSystem<P extends Tree = Tree> implements ImplicitSystem {
  readonly matrix = 'hessian';

  private constructor(
    private readonly trained: Trained<Tree, Tree, Tree>,
    private readonly loss: LossDerivatives<P, Tree, Tree>,
    readonly parameters: Selection<P>,
    private readonly at: Buffers,
    readonly theta: Vector,
    readonly b: Vector,
    readonly epsilon: number,
  ) {}

  static async open<S extends Tree, I extends Tree, B extends Tree, P extends Tree, D extends Tree>(
    trained: Trained<S, I, B>,
    inputs: I,
    of: BlockedLoss<P, I, D>,
    parameters: Selection<P>,
  ): Promise<HessianSystem<P>> {
    const { training, last, atLast } = trained;
    const { device } = training;
    const { like, positions } = parameters;
    const others = atLast.adjoint.filter((_, i) => !positions.includes(i));
    if (norm(await download(device, others)) > 0) {
      throw new MethodError(
        'implicit: the objective depends on parts of the state that are no parameters of the ' +
          'loss, whose derivative the implicit function theorem does not give: use exact()',
      );
    }
    const pick = (buffers: Buffers) => positions.map((position) => buffers[position]);
    const loss = new LossDerivatives(of, { parameters: like, inputs }, training);
    return new HessianSystem(
      trained,
      loss as unknown as LossDerivatives<P, Tree, Tree>,
      parameters,
      pick(last),
      await downloadReal(device, like, pick(last)),
      await downloadReal(device, like, pick(atLast.adjoint)),
      precisions[device.precision].epsilon,
    );
  }

  /** ∇_θ L. */
  gradient(): Promise<Vector> {
    return this.loss.gradient(this.at);
  }

  readonly apply = (v: Vector): Promise<Vector> => this.loss.hessian(this.at, v);

  async shift(q: Vector): Promise<Vector> {
    return (await this.loss.mixed(this.at, q)).map((value) => -value);
  }

  /** The system at other parameters, for the time of a call. */
  async movedTo<T>(theta: Vector, use: (at: AtPoint) => Promise<T>): Promise<T> {
    const { trained, loss, parameters } = this;
    const { training, owned, last, differentiate } = trained;
    const { like, positions } = parameters;
    const { device } = training;
    const moved = owned.keep(await upload(device, like, theta));
    // Addresses do not move.
    const at = leaves(like).map(({ kind }, i) => (kind === 'index' ? this.at[i] : moved[i]));
    const state = last.map((buffer, i) =>
      positions.includes(i) ? at[positions.indexOf(i)] : buffer,
    );
    const { adjoint, direct } = await differentiate(state);
    try {
      return await use({
        b: await download(
          device,
          positions.map((position) => adjoint[position]),
        ),
        direct: await download(device, direct),
        apply: (v) => loss.hessian(at, v),
        shift: async (q) => (await loss.mixed(at, q)).map((value) => -value),
      });
    } finally {
      owned.free([...moved, ...adjoint, ...direct]);
    }
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
  readonly matrix = 'map';
  products = 0;

  private constructor(
    private readonly trained: Trained<S, I, B>,
    private readonly inputs: I,
    /** The number of the first step of the cycle. */
    private readonly first: number,
    /** The states before each step of the cycle. */
    private readonly states: readonly Buffers[],
    readonly theta: Vector,
    readonly b: Vector,
    readonly epsilon: number,
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
    const { training, owned, last, atLast } = trained;
    const { device } = training;
    const first = steps - cycle;
    const states = [last];
    for (let t = first; t < steps - 1; t++) {
      states.push(owned.keep(await training.step.forward(t, states[t - first])));
    }
    const { like } = training;
    const theta = await downloadReal(device, like, last);
    const b = await downloadReal(device, like, atLast.adjoint);
    return new MapSystem(
      trained,
      inputs,
      first,
      states,
      theta,
      b,
      precisions[device.precision].epsilon,
    );
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
    const { training, owned } = this.trained;
    const { device, like, step, turns } = training;
    const width = leaves(like).length;
    this.products++;
    let alpha = owned.keep(await upload(device, like, v));
    const inputs = zeroVector(this.inputs);
    for (let i = this.states.length - 1; i >= 0; i--) {
      const results = owned.keep(await step.back(this.first + i, this.states[i], alpha, 'share'));
      const share = await download(device, results.slice(width));
      share.forEach((value, at) => {
        inputs[at] += value;
      });
      owned.free([...alpha, ...results.slice(width)]);
      alpha = results.slice(0, width);
      await turns.pass();
    }
    const state = await download(device, alpha);
    owned.free(alpha);
    return { state, inputs };
  }

  close(): void {}
}
