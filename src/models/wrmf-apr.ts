/** @file `wrmf-apr`: weighted matrix factorization by adversarial personalized ranking's training. */

import { adam, tensor } from '../autodiff/index.ts';
import { UserError } from '../errors.ts';
import type { Surrogate, SurrogateKind } from './kind.ts';
import type { Recommender } from './recommender.ts';
import {
  type Adversarial,
  type AdversarialSettings,
  adversarialGradient,
  type Lengths,
} from './training/adversarial.ts';
import { type Minibatch, minibatches, minibatchMaker, minibatchOf } from './training/batches.ts';
import { descentAlong } from './training/descent.ts';
import { differentiableKind } from './training/fit.ts';
import {
  initialFactors,
  realUserLosses,
  type WrmfFactors,
  type WrmfSgdSettings,
  type WrmfSgdState,
  wrmfGradient,
  wrmfSgdKind,
  wrmfUserLosses,
} from './wrmf-sgd.ts';

/** The data of a step of adversarial training. */
export type AdversarialBatch = Adversarial | (Adversarial & Minibatch);

/** The settings of `wrmf-apr`, which `settingDefinitions` describes. */
export type WrmfAprSettings = WrmfSgdSettings & AdversarialSettings;

/** What `differentiable` makes a surrogate of. */
export type SurrogateArguments<S> = Parameters<SurrogateKind<S>['differentiable']>;

/**
 * `wrmf-sgd` with adversarial training, which He et al. 2018 formulated for BPR: each step adds the
 * gradient at factors perturbed by the lengths that `lengthsOf` gives for the rows of each table.
 * Throws a UserError if pretraining leaves no step to perturb.
 */
export function adversarialWrmf(
  name: string,
  [clicks, fakes, settings, seed, candidates]: SurrogateArguments<WrmfAprSettings>,
  lengths: Lengths<WrmfFactors, AdversarialBatch>,
): Surrogate {
  const { rows: users, columns: items } = clicks;
  const { learningRate, weightDecay, weight, loss: form, factors, deviation } = settings;
  const { epochs, pretraining } = settings;
  const { stepsPerEpoch, steps, batches } = minibatches(users + fakes, settings, seed);
  const rowsOf = stepsPerEpoch === 1 ? () => ({}) : minibatchMaker(clicks, batches, fakes);
  const first = Math.ceil(pretraining * stepsPerEpoch);
  if (first >= steps) {
    throw new UserError(
      `${name}: pretraining: ${pretraining} epochs leave no step of ${epochs} to perturb: lower it, ` +
        'or raise the epochs',
    );
  }
  const options = { weight, loss: form, candidates };
  const plain = wrmfGradient(clicks, options);
  const gradient = adversarialGradient<WrmfFactors, AdversarialBatch>(
    (parameters, poison, batch) => plain(parameters, poison, minibatchOf(batch)),
    lengths,
    settings.perturbation,
  );
  const model: Recommender<WrmfSgdState, AdversarialBatch> = {
    name,
    users,
    items,
    candidates,
    steps,
    batch: (step) => ({
      ...rowsOf(step),
      strength: tensor(step < first ? 0 : settings.adversarialWeight),
    }),
    ...descentAlong(
      initialFactors({ users, fakes, items, factors }, deviation, seed),
      adam({ learningRate, weightDecay }),
      gradient,
    ),
    factors: ({ parameters }) => ({ users: parameters.users, items: parameters.items }),
  };
  const userLosses = realUserLosses(wrmfUserLosses(clicks, options));
  return { ...model, stepsPerEpoch, userLosses };
}

/**
 * The settings of adversarial training, on top of those of `wrmf-sgd`: those published with VAT for
 * matrix factorization on Gowalla.
 */
export const adversarialDefaults: AdversarialSettings = {
  epsilon: 0.6,
  adversarialWeight: 1,
  pretraining: 5,
  perturbation: 'differentiated',
};

/** The factors of the synthetic experiment are four times as long. */
const syntheticEpsilon = 1;

/** The kind `wrmf-apr`. */
export const wrmfAprKind = differentiableKind<WrmfAprSettings>({
  name: 'wrmf-apr',
  about: 'wrmf-sgd trained against perturbed factors (APR, He et al. 2018)',
  defends: 'wrmf-sgd',
  defaults: { ...wrmfSgdKind.defaults, ...adversarialDefaults },
  synthetic: { ...wrmfSgdKind.synthetic, ...adversarialDefaults, epsilon: syntheticEpsilon },
  width: ({ factors }) => factors,
  differentiable: (...given) => {
    const [, , { epsilon }] = given;
    return adversarialWrmf('wrmf-apr', given, () => ({
      users: epsilon,
      items: epsilon,
      fakes: epsilon,
    }));
  },
});
