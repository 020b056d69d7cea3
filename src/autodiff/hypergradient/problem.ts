/** @file A bilevel problem: a training run, and an objective of the state that it ends in. */

import type { Tensor } from '../tape/tensor.ts';
import type { Tree } from '../tape/tree.ts';

/** The data of a step, or of a block of the objective, where it has none. */
export type NoData = readonly [];
/** What `step` and `objective` get where the problem has no `batch` or `blocks`. */
export const noData: NoData = [];

/**
 * A run of `steps` steps from `init(inputs)`, each a function of the state `S` before, the inputs
 * `I`, the data `B` of the step, and its number t, a scalar tensor. `step` contains its own `grad`.
 *
 * All functions of a problem but `batch` are traced: called once for each set of shapes, on tensors
 * without numbers, and replayed. In the first training of a `step` it is called again at its second
 * step, and with `batch` at the last: one that then computes something else is an error, so that
 * primitives of one's own are made outside of it. Tensors that functions close over are constants; an
 * input among them is an error, since its derivative would be lost.
 */
export interface Training<S extends Tree, I extends Tree, B extends Tree = NoData> {
  init(inputs: I): S;
  step(state: S, inputs: I, batch: B, t: Tensor): S;
  readonly steps: number;
  /**
   * Data of step 0, 1, …: constants such as the rows of a minibatch, which the device holds for
   * that step alone. It is a function of the step's number alone: a sweep back asks for the same
   * data again, and other data are an error. Left out, `step` gets `noData`.
   */
  batch?(step: number): B;
}

/** The data of a step. A training without `batch` has `NoData`, which the types cannot tell. */
export const batchOf = <B extends Tree>(
  training: Pick<Training<Tree, Tree, B>, 'batch'>,
  step: number,
): B => (training.batch ? training.batch(step) : (noData as Tree as B));

/** An objective of a trained state `S` and of the inputs `I` that shaped it. */
export interface Objective<
  S extends Tree,
  I extends Tree,
  R extends Tree = S,
  D extends Tree = NoData,
> {
  readonly inputs: I;
  /** What the objective reads of the state, computed once for all blocks. Default the state. */
  readout?(state: S, inputs: I): R;
  /** A scalar; with `blocks`, the part of one block, and their sum is the objective. */
  objective(read: R, inputs: I, block: D): Tensor;
  /** Data of the parts of an objective too large to hold at once. Default one part. */
  readonly blocks?: readonly D[];
}

/** What the objective reads of a state: the state itself unless `readout` says otherwise. */
export const readoutOf = <S extends Tree, I extends Tree, R extends Tree>(
  { readout }: Pick<Objective<S, I, R>, 'readout'>,
  state: S,
  inputs: I,
): R => (readout ? readout(state, inputs) : (state as Tree as R));

/** The data of the objective's parts. Without `blocks` it is `NoData`, which the types cannot tell. */
export const blocksOf = <D extends Tree>({
  blocks,
}: Pick<Objective<Tree, Tree, Tree, D>, 'blocks'>): readonly D[] => blocks ?? [noData as Tree as D];

/** A bilevel problem: an objective of the trained state and of the inputs that shaped it. */
export interface BilevelProblem<
  S extends Tree,
  I extends Tree,
  R extends Tree = S,
  B extends Tree = NoData,
  D extends Tree = NoData,
> extends Training<S, I, B>,
    Objective<S, I, R, D> {}

/** Told after each step, or block of the objective, of its phase; throwing stops the run. */
export type Progress = (
  phase: 'forward' | 'objective' | 'backward',
  done: number,
  total: number,
) => void;
