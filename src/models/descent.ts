/** @file Training by an optimiser on the gradient of a loss: its state, its start and its step. */

import { grad, type Optimizer, type Tensor, type Tree } from '../autodiff/index.ts';
import type { Poison } from './model.ts';

export type DescentState<P extends Tree> = {
  readonly parameters: P;
  readonly optimizer: Tree;
};

/** `init` and `step` of a recommender that lowers a loss of its parameters and of a step's data. */
export const descent = <P extends Tree, B extends Tree>(
  initial: P,
  optimizer: Optimizer,
  loss: (parameters: P, poison: Poison, batch: B) => Tensor,
) => ({
  init: (): DescentState<P> => ({ parameters: initial, optimizer: optimizer.init(initial) }),
  step: (state: DescentState<P>, poison: Poison, batch: B): DescentState<P> => {
    const gradients = grad(loss)(state.parameters, poison, batch);
    const [parameters, next] = optimizer.update(gradients, state.optimizer, state.parameters);
    return { parameters, optimizer: next };
  },
});
