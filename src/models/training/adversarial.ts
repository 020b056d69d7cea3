/** @file Adversarial training: a step also descends at parameters moved against the model. */

import {
  add,
  div,
  equal,
  mapTree,
  mul,
  norm,
  stopGradient,
  type Tensor,
  type Tree,
  where,
} from '../../autodiff/index.ts';
import type { Poison } from '../recommender.ts';
import type { Gradient } from './descent.ts';

/** Settings of adversarial training. */
export type AdversarialSettings = {
  /** The length of the perturbation of a row of a table. */
  readonly epsilon: number;
  /** The weight of the loss at the perturbed parameters. */
  readonly adversarialWeight: number;
  /** Epochs before the first perturbation. */
  readonly pretraining: number;
  /**
   * To a derivative through the training: `differentiated`, which is exact, or `constant`, which
   * takes it for a number. The training is the same.
   */
  readonly perturbation: 'differentiated' | 'constant';
};

/** What the data of a step says beside its rows: the weight of the loss at perturbed parameters. */
export type Adversarial = { readonly strength: Tensor };

/** The length of the perturbation of each row, `[rows, 1]` or a number, for each table. */
export type Lengths<P extends Tree, B extends Tree> = (
  parameters: P,
  poison: Poison,
  batch: B,
) => Readonly<Record<string, Tensor | number>>;

/** Each row of a table divided by its l2 norm; a row of zeros stays zero. */
export function unitRows(table: Tensor): Tensor {
  const length = norm(table, -1, { keepDims: true });
  const none = equal(length, 0);
  return where(none, 0, div(table, where(none, 1, length)));
}

/**
 * The gradient of L(θ) + strength L(θ + δ), with δ = ε g / |g| for each row of each table and g the
 * given gradient of L at θ (APR, He et al. 2018, equations 8 and 9; VAT, Zhang et al. 2024). δ is constant
 * where the second loss is differentiated, as published, so that the gradient is
 * ∇L(θ) + strength ∇L(θ + δ). But δ remains a function of θ and of the fake users on the tape: a
 * hypergradient through the step differentiates it, exactly, unless the `perturbation` is `constant`.
 */
export function adversarialGradient<
  P extends { readonly [table: string]: Tensor },
  B extends Adversarial,
>(
  gradient: Gradient<P, B>,
  lengths: Lengths<P, B>,
  perturbation: AdversarialSettings['perturbation'] = 'differentiated',
): Gradient<P, B> {
  const shiftOf = (length: Tensor | number, rows: Tensor): Tensor => {
    const shift = mul(length, unitRows(rows));
    return perturbation === 'constant' ? stopGradient(shift) : shift;
  };
  return (parameters, poison, batch) => {
    const g = gradient(parameters, poison, batch);
    const length = lengths(parameters, poison, batch);
    const perturbed = Object.fromEntries(
      Object.entries(parameters).map(([table, rows]) => [
        table,
        add(rows, shiftOf(length[table], g[table])),
      ]),
    ) as unknown as P;
    const second = gradient(perturbed, poison, batch);
    return mapTree((a, b) => add(a, mul(batch.strength, b)), g, second) as P;
  };
}
