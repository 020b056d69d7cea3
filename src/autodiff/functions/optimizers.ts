/** @file Optimisers as pure pairs, PyTorch's formulas, differentiable to any order. */

import { add, div, mul, type Operand, sqrt, sub } from '../ops/broadcasting.ts';
import { full, zerosLike } from '../ops/constant.ts';
import type { Tensor } from '../tape/tensor.ts';
import { mapTree, type Tree } from '../tape/tree.ts';

/**
 * Any optimiser: `init` makes the state for parameters, `update` gives the next parameters and
 * state. What a state holds is typed by the optimiser that made it; here it is a tree.
 */
export interface Optimizer {
  init(parameters: Tree): Tree;
  update<P extends Tree>(gradients: P, state: Tree, parameters: P): [P, Tree];
}

/** The options of plain gradient descent, which all optimisers take. */
export interface SgdOptions {
  /** A number, or a scalar tensor where it changes from step to step. */
  readonly learningRate: Operand;
  /** Added to the gradient as `weightDecay * parameter` (L2, not decoupled). */
  readonly weightDecay?: number;
}

const decayed = <P extends Tree>(gradients: P, parameters: P, decay: number): P =>
  decay === 0 ? gradients : mapTree((g, p) => add(g, mul(decay, p)), gradients, parameters);

const descend = <P extends Tree>(parameters: P, rate: Operand, direction: P): P =>
  mapTree((p, d) => sub(p, mul(rate, d)), parameters, direction);

/** Gradient descent keeps nothing from step to step. */
export type SgdState = Readonly<Record<string, never>>;

/** Plain gradient descent, `p - learningRate g`. */
export const sgd = ({ learningRate, weightDecay = 0 }: SgdOptions) =>
  ({
    init: (_parameters: Tree): SgdState => ({}),
    update: <P extends Tree>(gradients: P, state: SgdState, parameters: P): [P, SgdState] => [
      descend(parameters, learningRate, decayed(gradients, parameters, weightDecay)),
      state,
    ],
  }) satisfies Optimizer;

/** The options of `momentum`. */
export interface MomentumOptions extends SgdOptions {
  /** How much of the velocity is kept from step to step, from 0 to below 1. */
  readonly momentum: number;
}

/** The sum of the gradients so far, each step's decayed by the momentum. */
export type MomentumState<P extends Tree = Tree> = { readonly velocity: P };

/**
 * Gradient descent with heavy-ball momentum, without dampening: the velocity is
 * `momentum * velocity + g`, a step goes `learningRate` times it.
 */
export const momentum = ({ learningRate, weightDecay = 0, momentum: kept }: MomentumOptions) =>
  ({
    init: <P extends Tree>(parameters: P): MomentumState<P> => ({
      velocity: zerosLike(parameters),
    }),
    update: <P extends Tree>(
      gradients: P,
      state: MomentumState<P>,
      parameters: P,
    ): [P, MomentumState<P>] => {
      const g = decayed(gradients, parameters, weightDecay);
      const velocity = mapTree((v, d) => add(mul(kept, v), d), state.velocity, g);
      return [descend(parameters, learningRate, velocity), { velocity }];
    },
  }) satisfies Optimizer;

/** The options of `adam`. */
export interface AdamOptions extends SgdOptions {
  /** Decay of the averages of the gradient and of its square; default 0.9 and 0.999. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the averaged square; default 1e-8. */
  readonly eps?: number;
}

/** The state of `adam`. */
export type AdamState<P extends Tree = Tree> = {
  /** The moving average of the gradients, the first moment. */
  readonly mu: P;
  /** The moving average of their squares, the second moment. */
  readonly nu: P;
  /**
   * What the paper divides each average by, `1 - beta^t`: scalars, taken as the same average over
   * the constant 1, which f32 holds exactly enough where `1 - 0.999^t` would cancel.
   */
  readonly biasCorrection: { readonly mu: Tensor; readonly nu: Tensor };
};

const average = (beta: number, before: Operand, value: Operand): Tensor =>
  add(mul(beta, before), mul(1 - beta, value));

/**
 * Adam (Kingma & Ba 2015, algorithm 1) as torch.optim.Adam:
 * `p - learningRate / (1 - b1^t) * mu / (sqrt(nu) / sqrt(1 - b2^t) + eps)`.
 *
 * A row that never got a gradient has nu = 0, where `sqrt` has derivative 0, so nothing turns NaN.
 *
 * Given rows gathered from tables and from their averages, to be written back by `updateRows`, it
 * is lazily updated Adam as torch.optim.SparseAdam: a row that a batch does not touch keeps its
 * parameters and averages, while the bias correction counts all steps.
 */
export const adam = ({
  learningRate,
  weightDecay = 0,
  betas: [beta1, beta2] = [0.9, 0.999],
  eps = 1e-8,
}: AdamOptions) =>
  ({
    init: <P extends Tree>(parameters: P): AdamState<P> => ({
      mu: zerosLike(parameters),
      nu: zerosLike(parameters),
      biasCorrection: { mu: full([], 0), nu: full([], 0) },
    }),
    update: <P extends Tree>(
      gradients: P,
      state: AdamState<P>,
      parameters: P,
    ): [P, AdamState<P>] => {
      const biasCorrection = {
        mu: average(beta1, state.biasCorrection.mu, 1),
        nu: average(beta2, state.biasCorrection.nu, 1),
      };
      const g = decayed(gradients, parameters, weightDecay);
      const mu = mapTree((m, d) => average(beta1, m, d), state.mu, g);
      const nu = mapTree((v, d) => average(beta2, v, mul(d, d)), state.nu, g);
      const rate = div(learningRate, biasCorrection.mu);
      const scale = sqrt(biasCorrection.nu);
      const direction = mapTree((m, v) => div(m, add(div(sqrt(v), scale), eps)), mu, nu);
      return [descend(parameters, rate, direction), { mu, nu, biasCorrection }];
    },
  }) satisfies Optimizer;
