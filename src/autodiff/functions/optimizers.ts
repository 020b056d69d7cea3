/** @file Optimisers as pure pairs, PyTorch's formulas, differentiable to any order. */

import { add, div, mul, type Operand, sqrt, sub } from '../ops/broadcasting.ts';
import { full, zerosLike } from '../ops/constant.ts';
import type { Tensor } from '../tape/tensor.ts';
import { mapTree, type Tree } from '../tape/tree.ts';

/** `init` makes the state for parameters, `update` the next parameters and state. */
export interface Optimizer {
  init<P extends Tree>(parameters: P): OptimizerState<P>;
  update<P extends Tree>(
    gradients: P,
    state: OptimizerState<P>,
    parameters: P,
  ): [P, OptimizerState<P>];
}

/** Moving averages of the parameters' shapes and scalar counters, by name. */
export type OptimizerState<P extends Tree = Tree> = { readonly [name: string]: P | Tensor };

interface CommonOptions {
  /** A number, or a scalar tensor where it changes from step to step. */
  readonly learningRate: Operand;
  /** Added to the gradient as `weightDecay * parameter` (L2, not decoupled). */
  readonly weightDecay?: number;
}

const decayed = <P extends Tree>(gradients: P, parameters: P, decay: number): P =>
  decay === 0 ? gradients : mapTree((g, p) => add(g, mul(decay, p)), gradients, parameters);

const descend = <P extends Tree>(parameters: P, rate: Operand, direction: P): P =>
  mapTree((p, d) => sub(p, mul(rate, d)), parameters, direction);

/** Plain gradient descent, `p - learningRate g`. */
export function sgd({ learningRate, weightDecay = 0 }: CommonOptions): Optimizer {
  return {
    init: () => ({}),
    update: (gradients, state, parameters) => [
      descend(parameters, learningRate, decayed(gradients, parameters, weightDecay)),
      state,
    ],
  };
}

export interface MomentumOptions extends CommonOptions {
  readonly momentum: number;
}

/** Gradient descent with heavy-ball momentum, `b = momentum b + g`, without dampening. */
export function momentum(options: MomentumOptions): Optimizer {
  const { learningRate, weightDecay = 0, momentum: keep } = options;
  return {
    init: (parameters) => ({ velocity: zerosLike(parameters) }),
    update: <P extends Tree>(gradients: P, state: OptimizerState<P>, parameters: P) => {
      const g = decayed(gradients, parameters, weightDecay);
      const velocity = mapTree((b, d) => add(mul(keep, b), d), state.velocity as P, g);
      return [descend(parameters, learningRate, velocity), { velocity }];
    },
  };
}

export interface AdamOptions extends CommonOptions {
  /** Decay of the averages of the gradient and of its square; default 0.9 and 0.999. */
  readonly betas?: readonly [number, number];
  /** Default 1e-8. */
  readonly eps?: number;
}

const adamDefaults = { betas: [0.9, 0.999], eps: 1e-8 } as const;

/** Sums of the weights that the averages of Adam give to the gradients so far, `1 - b^t`. */
export type AdamWeights = { readonly mean: Tensor; readonly square: Tensor };

/** Parameters and Adam's averages of their gradients and of the squares of these. */
export type AdamState<P extends Tree = Tree> = {
  readonly parameters: P;
  readonly mean: P;
  readonly square: P;
};

const average = (beta: number, before: Operand, value: Operand): Tensor =>
  add(mul(beta, before), mul(1 - beta, value));

/** Weights 0, of no gradient. */
export const noWeights = (): AdamWeights => ({ mean: full([], 0), square: full([], 0) });

/**
 * The same moving averages as Adam's, taken over the constant 1: f32 holds them exactly enough
 * where `1 - 0.999^t` would cancel.
 */
export const nextWeights = (
  { mean, square }: AdamWeights,
  [meanBeta, squareBeta]: readonly [number, number] = adamDefaults.betas,
): AdamWeights => ({
  mean: average(meanBeta, mean, 1),
  square: average(squareBeta, square, 1),
});

/**
 * One step of Adam, with the weights after this step. On rows gathered from tables `[rows, …]` and
 * from their averages, to be written back by `updateRows`, it is lazily updated Adam as
 * torch.optim.SparseAdam: a row that a batch does not touch stands still, its averages do not decay
 * and do not move it, while the weights, the bias correction, count all steps. With all rows in
 * every step it is `adam`.
 */
export function adamStep<P extends Tree>(
  gradients: P,
  state: AdamState<P>,
  weights: AdamWeights,
  options: Omit<AdamOptions, 'weightDecay'>,
): AdamState<P> {
  const { learningRate, betas = adamDefaults.betas, eps = adamDefaults.eps } = options;
  const mean = mapTree((m, d) => average(betas[0], m, d), state.mean, gradients);
  const square = mapTree((v, d) => average(betas[1], v, mul(d, d)), state.square, gradients);
  const rate = div(learningRate, weights.mean);
  const scale = sqrt(weights.square);
  const direction = mapTree((m, v) => div(m, add(div(sqrt(v), scale), eps)), mean, square);
  return { parameters: descend(state.parameters, rate, direction), mean, square };
}

/**
 * Adam (Kingma & Ba 2015) as torch.optim.Adam:
 * `p - learningRate / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps)`.
 *
 * A row that never got a gradient has v = 0, where `sqrt` has derivative 0, so nothing turns NaN.
 */
export function adam(options: AdamOptions): Optimizer {
  const { weightDecay = 0 } = options;
  return {
    init: (parameters) => {
      const { mean, square } = noWeights();
      const averages = { mean: zerosLike(parameters), square: zerosLike(parameters) };
      return { ...averages, meanWeight: mean, squareWeight: square };
    },
    update: <P extends Tree>(gradients: P, state: OptimizerState<P>, parameters: P) => {
      const weights = nextWeights(
        { mean: state.meanWeight as Tensor, square: state.squareWeight as Tensor },
        options.betas,
      );
      const before = { parameters, mean: state.mean as P, square: state.square as P };
      const g = decayed(gradients, parameters, weightDecay);
      const { parameters: next, ...averages } = adamStep(g, before, weights, options);
      const { mean: meanWeight, square: squareWeight } = weights;
      return [next, { ...averages, meanWeight, squareWeight }];
    },
  };
}
