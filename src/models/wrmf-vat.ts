/** @file `wrmf-vat`: weighted matrix factorization by vulnerability-aware adversarial training. */

import { add, div, less, mul, sigmoid, sub, sum, type Tensor, where } from '../autodiff/index.ts';
import type { Lengths } from './training/adversarial.ts';
import { minibatchOf } from './training/batches.ts';
import { differentiableKind } from './training/fit.ts';
import {
  type AdversarialBatch,
  adversarialWrmf,
  type SurrogateArguments,
  type WrmfAprSettings,
  wrmfAprKind,
} from './wrmf-apr.ts';
import { type WrmfFactors, wrmfUserLosses } from './wrmf-sgd.ts';

/** The settings of `wrmf-vat`, which `settingDefinitions` describes. */
export type WrmfVatSettings = WrmfAprSettings & {
  /** The largest length of a user's perturbation, as a multiple of `epsilon`. */
  readonly adaptation: number;
};

/**
 * A user's perturbation has length ε λ sigmoid(L̄ / L_u - 1), where L_u is the user's loss and L̄ the
 * mean loss of the users in the batch, real and fake: users of small loss are the vulnerable ones
 * (Zhang et al. 2024, equations 9 and 10). The items, which all users of a batch share, get the
 * length of a user of mean loss, ε λ / 2.
 */
export function vatLengths([
  clicks,
  ,
  settings,
  ,
  candidates,
]: SurrogateArguments<WrmfVatSettings>): Lengths<WrmfFactors, AdversarialBatch> {
  const { epsilon, adaptation, weight, loss } = settings;
  const losses = wrmfUserLosses(clicks, { weight, loss, candidates });
  return (factors, poison, batch) => {
    const rows = minibatchOf(batch);
    const { users, fakes } = losses(factors, poison, rows);
    const count = (each: Tensor, of?: { readonly mask: Tensor }) => (of ? sum(of.mask) : each.size);
    const total = fakes ? add(sum(users), sum(fakes)) : sum(users);
    const members = fakes
      ? add(count(users, rows?.rows), count(fakes, rows?.fakes))
      : count(users, rows?.rows);
    const mean = div(total, members);
    const lengthOf = (each: Tensor) => {
      const ratio = div(mean, where(less(0, each), each, 1));
      return mul(epsilon * adaptation, sigmoid(sub(ratio, 1)));
    };
    return {
      users: lengthOf(users),
      items: (epsilon * adaptation) / 2,
      ...(fakes && { fakes: lengthOf(fakes) }),
    };
  };
}

const adaptation = 2;

/** The kind `wrmf-vat`. */
export const wrmfVatKind = differentiableKind<WrmfVatSettings>({
  name: 'wrmf-vat',
  about:
    'wrmf-sgd trained against perturbations that vulnerable users feel more (Zhang et al. 2024)',
  defends: 'wrmf-sgd',
  defaults: { ...wrmfAprKind.defaults, adaptation },
  synthetic: { ...wrmfAprKind.synthetic, adaptation },
  width: ({ factors }) => factors,
  differentiable: (...given) => adversarialWrmf('wrmf-vat', given, vatLengths(given)),
});
