/** @file Adam, and AdamW, whose weight decay is decoupled from the gradient. */

import { add, div, mul, type Operand, sqrt, sub } from '../../ops/broadcasting.ts';
import { full, zerosLike } from '../../ops/constant.ts';
import type { Tensor } from '../../tape/tensor.ts';
import { mapTree, type Tree } from '../../tape/tree.ts';
import {
  average,
  decayed,
  descend,
  expectLike,
  expectOptions,
  type Optimizer,
  type SgdOptions,
} from './optimizer.ts';

/** The options of `adam`. */
export interface AdamOptions extends SgdOptions {
  /** Decay of the averages of the gradient and of its square; default 0.9 and 0.999. */
  readonly betas?: readonly [Operand, Operand];
  /** Added to the root of the averaged square; default 1e-8. */
  readonly eps?: Operand;
  /**
   * Added to the averaged square inside of the root, as optax's `eps_root`; default 0. The root's
   * slope at 0 is infinite, so near a gradient of 0 the derivative of a step grows like 1 / eps,
   * step upon step. To differentiate through training, give about the square of the smallest
   * gradient that matters.
   */
  readonly epsilonRoot?: Operand;
}

/** The options of `adamw`. */
export interface AdamWOptions extends Omit<AdamOptions, 'weightDecay'> {
  /** Each step multiplies the parameters by `1 - learningRate * weightDecay`; default 0.01. */
  readonly weightDecay?: Operand;
}

/** The state of `adam` and `adamw`. */
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

const known = ['learningRate', 'weightDecay', 'betas', 'eps', 'epsilonRoot'];

const initial = <P extends Tree>(parameters: P): AdamState<P> => ({
  mu: zerosLike(parameters),
  nu: zerosLike(parameters),
  biasCorrection: { mu: full([], 0), nu: full([], 0) },
});

/** The options as they are when an optimiser is made: their owner may write to them after. */
function settled({ learningRate, betas, eps = 1e-8, epsilonRoot = 0 }: AdamOptions) {
  const [beta1, beta2] = betas ?? [0.9, 0.999];
  return { learningRate, beta1, beta2, eps, epsilonRoot };
}

/** One step along the gradients from `from`, with the averages that it leaves. */
function stepped<P extends Tree>(
  { learningRate, beta1, beta2, eps, epsilonRoot }: ReturnType<typeof settled>,
  gradients: P,
  state: AdamState<P>,
  from: P,
): [P, AdamState<P>] {
  const biasCorrection = {
    mu: average(beta1, state.biasCorrection.mu, 1),
    nu: average(beta2, state.biasCorrection.nu, 1),
  };
  const mu = mapTree((m, d) => average(beta1, m, d), state.mu, gradients);
  const nu = mapTree((v, d) => average(beta2, v, mul(d, d)), state.nu, gradients);
  const rate = div(learningRate, biasCorrection.mu);
  const scale = sqrt(biasCorrection.nu);
  const root = (v: Tensor): Tensor =>
    epsilonRoot === 0 ? div(sqrt(v), scale) : sqrt(add(div(v, biasCorrection.nu), epsilonRoot));
  const direction = mapTree((m, v) => div(m, add(root(v), eps)), mu, nu);
  return [descend(from, rate, direction), { mu, nu, biasCorrection }];
}

/**
 * Adam (Kingma & Ba 2015, algorithm 1) as torch.optim.Adam:
 * `p - learningRate / (1 - b1^t) * mu / (sqrt(nu) / sqrt(1 - b2^t) + eps)`; with `epsilonRoot` as
 * optax.adam, the root is `sqrt(nu / (1 - b2^t) + epsilonRoot)`.
 *
 * A row that never got a gradient has nu = 0, where `sqrt` has derivative 0, so nothing turns NaN.
 *
 * Given rows gathered from tables and from their averages, to be written back by `updateRows`, it
 * is lazily updated Adam as torch.optim.SparseAdam: a row that a batch does not touch keeps its
 * parameters and averages, while the bias correction counts all steps.
 *
 * Throws a TypeError at an unknown option; `update` throws a ShapeError at other trees than the
 * parameters.
 */
export function adam(options: AdamOptions) {
  expectOptions('adam', options, known);
  const { weightDecay = 0 } = options;
  const settings = settled(options);
  return {
    init: initial,
    update: <P extends Tree>(
      gradients: P,
      state: AdamState<P>,
      parameters: P,
    ): [P, AdamState<P>] => {
      expectLike('adam', parameters, { gradients, mu: state.mu, nu: state.nu });
      const g = decayed(gradients, parameters, weightDecay);
      return stepped(settings, g, state, parameters);
    },
  } satisfies Optimizer;
}

/**
 * AdamW (Loshchilov & Hutter 2019) as torch.optim.AdamW: the parameters shrink by
 * `1 - learningRate * weightDecay`, and then take the step of Adam, whose averages do not see the
 * decay. Throws as `adam` does.
 */
export function adamw(options: AdamWOptions) {
  expectOptions('adamw', options, known);
  const { learningRate, weightDecay = 0.01 } = options;
  const settings = settled(options);
  return {
    init: initial,
    update: <P extends Tree>(
      gradients: P,
      state: AdamState<P>,
      parameters: P,
    ): [P, AdamState<P>] => {
      expectLike('adamw', parameters, { gradients, mu: state.mu, nu: state.nu });
      const kept = sub(1, mul(learningRate, weightDecay));
      const shrunk = mapTree((p) => mul(kept, p), parameters);
      return stepped(settings, gradients, state, shrunk);
    },
  } satisfies Optimizer;
}
