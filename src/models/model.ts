/** @file What a differentiable recommender is: a training run, and the factors it ends in. */

import {
  gather,
  matmul,
  type RowIndex,
  type Tensor,
  type Training,
  type Tree,
} from '../autodiff/index.ts';

/** What a recommender is asked to train on; `fakes` is `[fake users, items]`, if there are any. */
export type Poison = { readonly [name: string]: Tensor };

/** `users` `[users, K]` and `items` `[items, K]`: a score is the inner product of two rows. */
export type Factors = { readonly users: Tensor; readonly items: Tensor };

/**
 * A recommender whose training and scores are tensors, so that an objective of the scores can be
 * differentiated through the training to the fake users.
 */
export interface Recommender<S extends Tree = Tree, B extends Tree = Tree>
  extends Training<S, Poison, B> {
  readonly name: string;
  /** Real users, whose scores are what an attack is after. */
  readonly users: number;
  readonly items: number;
  /** What real users and items are scored by; fake users may enter it directly. */
  factors(state: S, poison: Poison): Factors;
}

/** Scores `[n, items]` of the given real users, or of all `[users, items]`. */
export const scoresOf = ({ users, items }: Factors, rows?: RowIndex): Tensor =>
  matmul(rows ? gather(users, rows) : users, items, { transposeB: true });

/** Scores of a recommender in a state of its training, as `scoresOf`. */
export const predictions = <S extends Tree>(
  model: Pick<Recommender<S>, 'factors'>,
  state: S,
  poison: Poison,
  rows?: RowIndex,
): Tensor => scoresOf(model.factors(state, poison), rows);

/** How observed and missing entries enter a squared loss. */
export type WeightedLoss = {
  /** Weight of an entry above 0; all others have weight 1. Constant to every derivative. */
  readonly weight: number;
  /**
   * `dense` computes every user-item pair; `implicit-zeros` the same sum from the observed
   * entries and two Gram matrices, without ever holding all pairs. Fake users stay dense.
   */
  readonly loss: 'dense' | 'implicit-zeros';
};
