/** @file Gradient descent with momentum: heavy ball, dampened, or Nesterov's. */

import { add, mul, type Operand, sub } from '../../ops/broadcasting.ts';
import { full, zerosLike } from '../../ops/constant.ts';
import type { Tensor } from '../../tape/tensor.ts';
import { mapTree, type Tree } from '../../tape/tree.ts';
import {
  decayed,
  descend,
  expectHeld,
  expectLike,
  expectOptions,
  type Optimizer,
  type SgdOptions,
} from './optimizer.ts';

/** The options of `momentum`. */
export interface MomentumOptions extends SgdOptions {
  /** How much of the velocity is kept from step to step, from 0 to below 1. */
  readonly momentum: Operand;
  /** How much of each gradient but the first is left out of the velocity; default 0. */
  readonly dampening?: Operand;
  /** Steps go along `g + momentum * velocity`; default false. */
  readonly nesterov?: boolean;
}

/** The sum of the gradients so far, each step's decayed by the momentum. */
export type MomentumState<P extends Tree = Tree> =
  | { readonly velocity: P }
  /** With dampening: 0 before the first step, which is not dampened, and 1 after it. */
  | { readonly velocity: P; readonly begun: Tensor };

/**
 * Gradient descent with momentum as torch.optim.SGD: the velocity is
 * `momentum * velocity + (1 - dampening) * g`, the first one `g`; a step goes `learningRate` times
 * it, or times `g + momentum * velocity` with `nesterov`. Throws a TypeError at an unknown option
 * and at `nesterov` with dampening; `update` throws a ShapeError at other trees than the parameters,
 * and a TypeError at a state that was made without dampening where there is some.
 */
export function momentum(options: MomentumOptions) {
  const known = ['learningRate', 'momentum', 'weightDecay', 'dampening', 'nesterov'];
  expectOptions('momentum', options, known);
  const {
    learningRate,
    weightDecay = 0,
    momentum: kept,
    dampening = 0,
    nesterov = false,
  } = options;
  if (kept === undefined) throw new TypeError('momentum: expected a momentum, such as 0.9');
  if (nesterov && dampening !== 0) {
    throw new TypeError('momentum: nesterov takes no dampening, leave one of them out');
  }
  return {
    init: <P extends Tree>(parameters: P): MomentumState<P> => {
      const velocity = zerosLike(parameters);
      return dampening === 0 ? { velocity } : { velocity, begun: full([], 0) };
    },
    update: <P extends Tree>(
      gradients: P,
      state: MomentumState<P>,
      parameters: P,
    ): [P, MomentumState<P>] => {
      expectLike('momentum', parameters, { gradients, velocity: state.velocity });
      // Without dampening its factor is 1 whether the state has begun or not.
      if (dampening !== 0) expectHeld('momentum: begun', 'begun' in state, true);
      const g = decayed(gradients, parameters, weightDecay);
      const dampened = (d: Tensor): Tensor =>
        'begun' in state ? mul(sub(1, mul(dampening, state.begun)), d) : d;
      const velocity = mapTree((v, d) => add(mul(kept, v), dampened(d)), state.velocity, g);
      const direction = nesterov ? mapTree((d, v) => add(d, mul(kept, v)), g, velocity) : velocity;
      return [
        descend(parameters, learningRate, direction),
        'begun' in state ? { velocity, begun: full([], 1) } : { velocity },
      ];
    },
  } satisfies Optimizer;
}
