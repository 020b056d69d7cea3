/** @file Small recommenders: two models, both losses, full batches and minibatches. */

import {
  adam,
  logSumExp,
  momentum,
  type Optimizer,
  sgd,
  slice,
  sub,
  sum,
  type Tensor,
} from '../../src/autodiff/index.ts';
import { fromDense } from '../../src/data/sparse.ts';
import {
  epochBatches,
  initialFactors,
  initialItemAe,
  itemAe,
  type Recommender,
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
  /** Of the weights before the first step; default 1. */
  readonly seed?: number;
}

const draw = new Draw(7);
const clicks = Float64Array.from({ length: users * items }, () => (draw.chance(0.4) ? 1 : 0));
// A user and an item without a single click.
clicks.fill(0, 2 * items, 3 * items);
for (let user = 0; user < users; user++) clicks[user * items + 4] = 0;

export const data = fromDense(clicks, users, items);
export const fakeRows: Tensor = draw.uniform([fakes, items], 0.1, 0.9);
export function recommender(options: ProblemOptions): Recommender {
  const { model, loss, optimizer, steps, seed = 1 } = options;
  const weight = 5;
  if (model === 'wrmf') {
    const initial = initialFactors({ users, fakes, items, factors: 3 }, 0.5, seed);
    const batches = options.batches ? epochBatches(users + fakes, 3, 4, 1) : undefined;
    return wrmfSgd(data, { loss, weight, optimizer, steps, batches, initial });
  }
  const initial = initialItemAe({ users, fakes }, [4, 3, 4], seed);
  const batches = options.batches ? epochBatches(items, 4, 6, 1) : undefined;
  const activation = 'selu';
  return itemAe(data, { loss, weight, optimizer, steps, batches, initial, activation });
}

/** Step sizes at which the runs neither diverge nor stall. */
export const optimizers: { readonly [name: string]: Optimizer } = {
  sgd: sgd({ learningRate: 0.01 }),
  momentum: momentum({ learningRate: 0.005, momentum: 0.9, weightDecay: 0.01 }),
  // An eps of this size keeps the derivative away from that of a sign.
  adam: adam({ learningRate: 0.05, eps: 0.1, weightDecay: 0.01 }),
};

/** One optimiser for each model and kind of batch. */
const optimizerNames = {
  wrmf: { 'full batch': 'sgd', minibatches: 'momentum' },
  'item-ae': { 'full batch': 'momentum', minibatches: 'adam' },
};

/** Every model, loss and kind of batch. */
export const variants: readonly (Omit<ProblemOptions, 'steps'> & { readonly name: string })[] = (
  ['wrmf', 'item-ae'] as const
).flatMap((model) =>
  (['dense', 'implicit-zeros'] as const).flatMap((loss) =>
    [false, true].map((batches) => {
      const optimizer = optimizerNames[model][batches ? 'minibatches' : 'full batch'];
      const name = `${model}, ${loss}, ${batches ? 'minibatches' : 'full batch'}, ${optimizer}`;
      return { name, model, loss, batches, optimizer: optimizers[optimizer] };
    }),
  ),
);

/** Minus the log-likelihood of an item under the softmax of the scores, summed over users. */
export const likelihoodLoss = (scores: Tensor, item: number): Tensor =>
  sub(sum(logSumExp(scores)), sum(slice(scores, [0, item], [scores.shape[0], 1])));

/** Those of the settings that a kind has. */
export const ofKind = <S extends object>({ defaults }: { readonly defaults: S }, settings: S): S =>
  Object.fromEntries(
    Object.entries(settings).filter(([name]) => Object.hasOwn(defaults, name)),
  ) as S;
