/** @file The cells of the synthetic experiments, Figures 3 and 4 (Tang, Wen & Wang 2020). */

import { type Cell, defineCell } from '../../grid/index.ts';
import { surrogateKind } from '../../models/index.ts';
import type { Unrolled } from './cells/attack-run.ts';
import { type SyntheticResult, syntheticCell } from './cells/synthetic.ts';
import type { Scope } from './experiment.ts';

/** The outer step size and its momentum. */
export interface OuterRates {
  readonly learningRate: number;
  readonly momentum: number;
}

/** Steps of the surrogate's training that are unrolled; as many as it has are the exact gradient. */
export type Tau = number;

/** A size that keeps all parts and takes seconds. */
const quickSize = { users: 180, fakes: 20, items: 100, epochs: 40, iterations: 8 };

/** Steps of the surrogate's training. */
export const trainingSteps = ({ quick }: Scope): number => (quick ? quickSize.epochs : 100);

/** The cell of an attack through `tau` steps of a surrogate's training. */
export function syntheticAttackCell(
  surrogate: string,
  tau: Tau,
  outer: OuterRates,
  seed: number,
  scope: Scope,
): Cell<SyntheticResult> {
  const steps = trainingSteps(scope);
  const unrolled: Unrolled = tau === steps ? 'all' : { steps: tau };
  const { users, fakes, items, iterations } = scope.quick
    ? quickSize
    : { users: 900, fakes: 100, items: 300, iterations: 50 };
  return defineCell(syntheticCell, {
    users,
    fakes,
    items,
    surrogate,
    settings: { ...surrogateKind(surrogate).synthetic, epochs: steps },
    unrolled,
    iterations,
    ...outer,
    seed,
    precision: 'f32',
  });
}

/** The outer descent of WRMF, as published (Tang, Wen & Wang 2020, published notebook). */
export const wrmfOuter: OuterRates = { learningRate: 1, momentum: 0.99 };

/**
 * The outer descent of ItemAE for each number of unrolled steps; 0 is the partial derivative. They
 * are chosen on seeds from 101 on, which no figure shows: from few tries, and those of all steps by
 * the lower end of the interval of the mean over seven, since larger rates collapse on some. What the
 * experiment `tuning` finds is beside them in its report.
 */
export const itemAeOuter: ReadonlyMap<Tau, OuterRates> = new Map([
  [0, { learningRate: 1, momentum: 0.95 }],
  [5, { learningRate: 0.1, momentum: 0.99 }],
  [10, { learningRate: 0.1, momentum: 0.99 }],
  [20, { learningRate: 1, momentum: 0.95 }],
  [50, { learningRate: 1, momentum: 0.95 }],
  [100, { learningRate: 0.1, momentum: 0.99 }],
]);
