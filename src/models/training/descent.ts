/** @file Training by an optimiser on the gradient of a loss. */

import { grad, type Optimizer, type Tensor, type Tree } from '../../autodiff/index.ts';
import type { Poison } from '../recommender.ts';
import type { EpochSettings } from './batches.ts';

/** Settings of models that Adam trains. */
export type DescentSettings = EpochSettings & {
  readonly learningRate: number;
  readonly weightDecay: number;
};

/** The state of a training: the model's parameters and the optimiser's state. */
export type DescentState<P extends Tree> = {
  readonly parameters: P;
  readonly optimizer: Tree;
};

/** A gradient in the parameters, given the fake users and the data of a step. */
export type Gradient<P extends Tree, B extends Tree> = (
  parameters: P,
  poison: Poison,
  batch: B,
) => P;

/** `init` and `step` of a recommender that an optimiser trains along a gradient. */
export const descentAlong = <P extends Tree, B extends Tree>(
  initial: P,
  optimizer: Optimizer,
  gradient: Gradient<P, B>,
) => ({
  init: (): DescentState<P> => ({ parameters: initial, optimizer: optimizer.init(initial) }),
  step: (state: DescentState<P>, poison: Poison, batch: B): DescentState<P> => {
    const gradients = gradient(state.parameters, poison, batch);
    const [parameters, next] = optimizer.update(gradients, state.optimizer, state.parameters);
    return { parameters, optimizer: next };
  },
});

/**
 * `init` and `step` of a recommender that minimises `loss`, a scalar of its parameters, the fake
 * users and the data of a step.
 */
export const descent = <P extends Tree, B extends Tree>(
  initial: P,
  optimizer: Optimizer,
  loss: (parameters: P, poison: Poison, batch: B) => Tensor,
) => descentAlong(initial, optimizer, grad(loss) as Gradient<P, B>);
