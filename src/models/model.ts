/** @file What a recommender is: a training run over real and fake users, and its predictions. */

import type { RowIndex, Tensor, Training, Tree } from '../autodiff/index.ts';

/** What a recommender is asked to train on; `fakes` is `[fake users, items]`, if there are any. */
export type Poison = { readonly [name: string]: Tensor };

/**
 * A recommender whose training and predictions are tensors, so that an objective of the
 * predictions can be differentiated through the training to the fake users.
 */
export interface Recommender<S extends Tree = Tree> extends Training<S, Poison> {
  readonly name: string;
  /** Real users, whose predictions are what an attack is after. */
  readonly users: number;
  readonly items: number;
  /** Scores `[n, items]` of the given real users, or of all `[users, items]`. */
  predictions(state: S, poison: Poison, users?: RowIndex): Tensor;
}

/** How observed and missing entries enter a squared loss. */
export interface WeightedLoss {
  /** Weight of an entry above 0; all others have weight 1. Constant to every derivative. */
  readonly weight: number;
  /**
   * `dense` computes every user-item pair; `implicit-zeros` the same sum from the observed
   * entries and two Gram matrices, without ever holding all pairs. Fake users stay dense.
   */
  readonly loss: 'dense' | 'implicit-zeros';
}
