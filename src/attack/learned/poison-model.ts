/** @file A recommender that is trained to recommend the targets, and what it predicts for a fake user. */

import {
  add,
  compile,
  type Device,
  eye,
  gather,
  grad,
  mapTree,
  matmul,
  mul,
  noData,
  type Progress,
  type RowIndex,
  readAll,
  release,
  reshape,
  rowIndex,
  scope,
  solve,
  square,
  sub,
  sum,
  type Tensor,
  type Training,
  type Tree,
  tensor,
  train as trainToEnd,
} from '../../autodiff/index.ts';
import { partOf } from '../../data/part.ts';
import type { SparseMatrix } from '../../data/sparse.ts';
import { type Poison, type Recommender, scoresOf } from '../../models/index.ts';
import { gram } from '../../models/training/gram.ts';
import { adversarialLoss, type Goal, interestOf } from '../goal.ts';

/** The data of a step: that of the recommender, and real users that the goal is taken over. */
export type PoisonBatch = {
  readonly own: Tree;
  readonly users: RowIndex;
  /** The size of the step along the goal, 0 before it begins. */
  readonly rate: Tensor;
};

/** How a recommender is trained for a goal. */
export interface PoisonOptions {
  readonly goal: Goal;
  readonly train: SparseMatrix;
  /** The size of the step along the goal that follows each step of training. */
  readonly rate: number;
  /** The share of the training, from its start, that goes without. */
  readonly pretraining: number;
}

/** Real users whose scores a step along the goal reads, at most. */
const usersOfStep = 1024;

/**
 * The training of a poison model (Huang et al. 2021, section IV-C): after its own step, the
 * recommender takes one down the mean adversarial loss of some real users, which go round. They
 * weight one loss that is the sum of both; here each keeps its own optimiser.
 */
export function poisonModel(
  surrogate: Recommender,
  { goal, train, rate, pretraining }: PoisonOptions,
): Training<Tree, Poison, PoisonBatch> {
  const interest = interestOf(goal, train);
  const { steps, users } = surrogate;
  const length = Math.min(usersOfStep, users);
  const first = partOf(pretraining, steps);
  return {
    steps,
    init: (poison) => surrogate.init(poison),
    batch: (step) => ({
      own: surrogate.batch ? surrogate.batch(step) : (noData as Tree),
      users: rowIndex(
        Int32Array.from({ length }, (_, i) => (step * length + i) % users),
        users,
      ),
      rate: tensor(step < first ? 0 : rate),
    }),
    step: (before, poison, batch) => {
      const trained = surrogate.step(before, poison, batch.own);
      const lossOf = (state: Tree) => {
        const scores = scoresOf(surrogate.factors(state, poison), batch.users);
        return mul(1 / length, adversarialLoss(goal, scores, interest));
      };
      const move = (x: Tensor, g: Tensor) => sub(x, mul(batch.rate, g));
      return mapTree(move, trained, grad(lossOf)(trained));
    },
  };
}

/** Weight of the clicks of a fake user that is folded in: that of clicks in training by default. */
const foldInWeight = 20;

/**
 * What items of these factors `[items, K]` score for a new user who clicks the targets, `[items]`:
 * of the factor f that minimises the weighted squared error over all items,
 * (QᵀQ + (w - 1) TᵀT + eps I) f = w Tᵀ1 with the factors T of the targets.
 */
export function foldedIn(items: Tensor, targets: RowIndex): Tensor {
  const [count, width] = items.shape;
  const clicked = gather(items, targets);
  // A millionth of the mean of the diagonal keeps a system solvable whose factors are dependent.
  const ridge = mul(1e-6 / width, sum(square(items)));
  const a = add(add(gram(items), mul(foldInWeight - 1, gram(clicked))), mul(ridge, eye(width)));
  const b = reshape(mul(foldInWeight, sum(clicked, 0)), [width, 1]);
  return reshape(matmul(items, solve(a, b)), [count]);
}

/** Trains a poison model beside the fake users: its scores `[items]` for one who clicks the targets. */
export async function predictedFillers(
  surrogate: Recommender,
  targets: readonly number[],
  poison: Poison,
  options: PoisonOptions,
  run: { readonly device: Device; readonly onStep?: Progress; readonly signal?: AbortSignal },
): Promise<ArrayLike<number>> {
  const { device, onStep: onProgress, signal } = run;
  const last = await trainToEnd(poisonModel(surrogate, options), poison, device, {
    onProgress,
    signal,
  });
  const index = rowIndex(Int32Array.from(targets), surrogate.items);
  try {
    return await scope(async (hold) => {
      const predict = compile(
        (state: Tree, inputs: Poison) => foldedIn(surrogate.factors(state, inputs).items, index),
        { device },
      );
      const [scores] = await readAll(hold(await predict(last, poison)), { device });
      return scores;
    });
  } finally {
    release(last);
  }
}
