/** @file What a differentiable recommender is: a training run, and the factors it ends in. */

import {
  type Factorization,
  gather,
  matmul,
  type RowIndex,
  type Tensor,
  type Training,
  type Tree,
} from '../autodiff/index.ts';

/**
 * The inputs of a training that an attack changes: `fakes` `[fake users, items]`, if any:
 * the columns are the candidates of the recommender, by default all items.
 */
export type Poison = { readonly [name: string]: Tensor };

/** `users` `[users, K]` and `items` `[items, K]`. A score is the inner product of two rows. */
export type Factors = { readonly users: Tensor; readonly items: Tensor };

/**
 * What a training comes to rest at the minimum of, as `implicit` takes it. `S` is the state of the
 * training and `P` the parameters of the loss.
 */
export interface TrainingLoss<S extends Tree = Tree, P extends Tree = Tree> {
  /**
   * The loss over all users, its penalty included. `weights` `[users, 1]` beside the fake users
   * weigh what each real user adds to it.
   */
  loss(parameters: P, poison: Poison): Tensor;
  parameters(state: S): P;
  /** Real users come first on the left. The products are the scores. */
  gauge(parameters: P): Factorization;
}

/**
 * A recommender whose training and scores are tensors, so that an objective of its scores can be
 * differentiated through the training in the fake users. `S` is the state of the training and `B`
 * the data of a step. All members are methods, so a recommender of any `S` and `B` is a
 * `Recommender`: whoever holds one passes back only the states and batches that it made.
 */
export interface Recommender<S extends Tree = Tree, B extends Tree = Tree>
  extends Training<S, Poison, B> {
  /** No recommender reads the step's number. */
  step(state: S, poison: Poison, batch: B): S;
  readonly name: string;
  /** Real users, whose scores an attack changes. */
  readonly users: number;
  readonly items: number;
  /**
   * The items, ascending, that fake users may click: the columns of `fakes`, whose entries at all
   * other items are 0. By default every item.
   */
  readonly candidates?: Int32Array;
  /** The factors of real users and of items. They may also depend on the fake users directly. */
  factors(state: S, poison: Poison): Factors;
  /** The factors `[fake users, K]` that fake users have beside those, if the model gives them any. */
  fakeFactors?(state: S): Tensor;
  /** The loss of a training that has one, and that ends at its minimum if it is long enough. */
  readonly trainingLoss?: TrainingLoss<S>;
}

/** Scores `[n, items]` of the given real users; by default `[users, items]` of all. */
export const scoresOf = ({ users, items }: Factors, rows?: RowIndex): Tensor =>
  matmul(rows ? gather(users, rows) : users, items, { transposeB: true });

/** The scores that a recommender gives in a state of its training, as `scoresOf`. */
export const predictions = <S extends Tree>(
  model: Pick<Recommender<S>, 'factors'>,
  state: S,
  poison: Poison,
  rows?: RowIndex,
): Tensor => scoresOf(model.factors(state, poison), rows);
