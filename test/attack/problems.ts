/** @file Small bilevel problems: both models, both losses, full batches and minibatches. */

import { adversarialLoss, type Goal, interestOf } from '../../src/attack/index.ts';
import {
  adam,
  type BilevelProblem,
  momentum,
  type Optimizer,
  type RowIndex,
  rowIndex,
  sgd,
  type Tensor,
  type Tree,
} from '../../src/autodiff/index.ts';
import { fromDense } from '../../src/data/sparse.ts';
import {
  epochBatches,
  type Factors,
  initialFactors,
  initialItemAe,
  itemAe,
  type Poison,
  predictions,
  type Recommender,
  scoresOf,
  wrmfSgd,
} from '../../src/models/index.ts';
import { Draw } from '../autodiff/draw.ts';

export const users = 5;
export const fakes = 2;
export const items = 6;

export interface ProblemOptions {
  readonly model: 'wrmf' | 'item-ae';
  readonly loss: 'dense' | 'implicit-zeros';
  readonly batches: boolean;
  readonly optimizer: Optimizer;
  readonly steps: number;
}

const draw = new Draw(7);
const clicks = Float64Array.from({ length: users * items }, () => (draw.chance(0.4) ? 1 : 0));
// A user and an item without a single click.
clicks.fill(0, 2 * items, 3 * items);
for (let user = 0; user < users; user++) clicks[user * items + 4] = 0;

export const data = fromDense(clicks, users, items);
export const fakeRows: Tensor = draw.uniform([fakes, items], 0.1, 0.9);
export const goal: Goal = { kind: 'promote', targets: [1, 4] };

export function recommender(options: ProblemOptions): Recommender {
  const { model, loss, optimizer, steps } = options;
  const weight = 5;
  if (model === 'wrmf') {
    const initial = initialFactors({ users, fakes, items, factors: 3 }, 0.5, 1);
    const batches = options.batches ? epochBatches(users + fakes, 3, 4, 1) : undefined;
    return wrmfSgd(data, { loss, weight, optimizer, steps, batches, initial });
  }
  const initial = initialItemAe({ users, fakes }, [4, 3, 4], 1);
  const batches = options.batches ? epochBatches(items, 4, 6, 1) : undefined;
  const activation = 'selu';
  return itemAe(data, { loss, weight, optimizer, steps, batches, initial, activation });
}

export type Problem = BilevelProblem<Tree, Poison, Tree, Tree>;

export function problem(options: ProblemOptions): Problem {
  const model = recommender(options);
  const interest = interestOf(goal, data);
  return {
    ...model,
    inputs: { fakes: fakeRows },
    objective: (state, poison) =>
      adversarialLoss(goal, predictions(model, state, poison), interest),
  };
}

/** The same problem with the objective taken user by user, of factors made once for all. */
export function inBlocks(
  options: ProblemOptions,
): BilevelProblem<Tree, Poison, Factors, Tree, RowIndex> {
  const model = recommender(options);
  const interest = interestOf(goal, data);
  return {
    ...problem(options),
    readout: model.factors,
    blocks: Array.from({ length: users }, (_, user) => rowIndex(Int32Array.of(user), users)),
    objective: (factors, _poison, block) =>
      adversarialLoss(goal, scoresOf(factors, block), interest),
  };
}

/** Step sizes at which the runs neither diverge nor stand still. */
export const optimizers: { readonly [name: string]: Optimizer } = {
  sgd: sgd({ learningRate: 0.01 }),
  momentum: momentum({ learningRate: 0.005, momentum: 0.9, weightDecay: 0.01 }),
  // An eps of this size keeps the derivative away from that of a sign.
  adam: adam({ learningRate: 0.05, eps: 0.1, weightDecay: 0.01 }),
};

/** Every model, loss and kind of batch, with an optimiser each. */
export const variants: readonly (Omit<ProblemOptions, 'steps'> & { readonly name: string })[] = (
  ['wrmf', 'item-ae'] as const
).flatMap((model) =>
  (['dense', 'implicit-zeros'] as const).flatMap((loss) =>
    [false, true].map((batches) => {
      const optimizer = Object.keys(optimizers)[(model === 'wrmf' ? 0 : 1) + (batches ? 1 : 0)];
      const name = `${model}, ${loss}, ${batches ? 'minibatches' : 'full batch'}, ${optimizer}`;
      return { name, model, loss, batches, optimizer: optimizers[optimizer] };
    }),
  ),
);
