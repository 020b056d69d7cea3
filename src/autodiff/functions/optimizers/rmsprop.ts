/** @file RMSprop. */

import { add, div, mul, type Operand, relu, sqrt, square, sub } from '../../ops/broadcasting.ts';
import { zerosLike } from '../../ops/constant.ts';
import type { Tensor } from '../../tape/tensor.ts';
import { leaves, mapTree, type Tree } from '../../tape/tree.ts';
import {
  average,
  decayed,
  descend,
  expectHeld,
  expectLike,
  expectOptions,
  type Optimizer,
  type SgdOptions,
} from './optimizer.ts';

/** The options of `rmsprop`. */
export interface RmspropOptions extends SgdOptions {
  /** Decay of the averages; default 0.99. */
  readonly alpha?: Operand;
  /** Added to the root of the averaged square; default 1e-8. */
  readonly eps?: Operand;
  /** Added to the averaged square inside of the root, as for `adam`; default 0. */
  readonly epsilonRoot?: Operand;
  /** How much of the velocity is kept from step to step; default 0, where none is held. */
  readonly momentum?: Operand;
  /** Divides by the root of the variance, not of the square; default false. */
  readonly centered?: boolean;
}

/** The state of `rmsprop`; what its options do not ask for is an empty list. */
export type RmspropState<P extends Tree = Tree> = {
  /** The moving average of the squares of the gradients. */
  readonly square: P;
  /** The moving average of the gradients, if centered. */
  readonly mean: P | readonly [];
  /** The velocity, with momentum. */
  readonly velocity: P | readonly [];
};

/**
 * RMSprop (Hinton, lecture 6e of "Neural Networks for Machine Learning", 2012) as
 * torch.optim.RMSprop: `p - learningRate * g / (sqrt(square) + eps)`, where `centered` subtracts
 * the squared mean inside of the root and `momentum` adds up the steps. Throws a TypeError at an
 * unknown option; `update` throws a ShapeError at other trees than the parameters, and a TypeError at
 * a state of other options.
 */
export function rmsprop(options: RmspropOptions) {
  const known = ['learningRate', 'weightDecay', 'alpha', 'eps', 'epsilonRoot', 'momentum'];
  expectOptions('rmsprop', options, [...known, 'centered']);
  const { learningRate, weightDecay = 0, alpha = 0.99, eps = 1e-8, epsilonRoot = 0 } = options;
  const { momentum = 0, centered = false } = options;
  return {
    init: <P extends Tree>(parameters: P): RmspropState<P> => ({
      square: zerosLike(parameters),
      mean: centered ? zerosLike(parameters) : [],
      velocity: momentum === 0 ? [] : zerosLike(parameters),
    }),
    update: <P extends Tree>(
      gradients: P,
      state: RmspropState<P>,
      parameters: P,
    ): [P, RmspropState<P>] => {
      expectLike('rmsprop', parameters, { gradients, square: state.square });
      if (leaves(parameters).length > 0) {
        expectHeld('rmsprop: mean', leaves(state.mean).length > 0, centered);
        expectHeld('rmsprop: velocity', leaves(state.velocity).length > 0, momentum !== 0);
      }
      const g = decayed(gradients, parameters, weightDecay);
      const squares = mapTree((s, d) => average(alpha, s, square(d)), state.square, g);
      const mean = centered
        ? mapTree((m, d) => average(alpha, m, d), state.mean as P, g)
        : state.mean;
      // Where gradients hardly change, the difference may be a rounding below 0.
      const variance = centered
        ? mapTree((s, m) => relu(sub(s, square(m))), squares, mean as P)
        : squares;
      const root = (v: Tensor) => sqrt(epsilonRoot === 0 ? v : add(v, epsilonRoot));
      const step = mapTree((d, v) => div(d, add(root(v), eps)), g, variance);
      if (momentum === 0) {
        return [
          descend(parameters, learningRate, step),
          { square: squares, mean, velocity: state.velocity },
        ];
      }
      const velocity = mapTree((v, d) => add(mul(momentum, v), d), state.velocity as P, step);
      return [descend(parameters, learningRate, velocity), { square: squares, mean, velocity }];
    },
  } satisfies Optimizer;
}
