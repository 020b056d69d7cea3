/** @file The estimators that the race compares. */

import {
  cg,
  drMad,
  type Estimator,
  exact,
  finiteDifferences,
  fixedPoint,
  forward,
  type ImplicitOptions,
  implicit,
  neumann,
  normalCg,
  nystrom,
  oneStep,
  partial,
  type Tree,
  truncated,
} from '../../autodiff/index.ts';

/** What implicit estimators need of a problem beside its steps. */
export interface InnerLoss {
  /** The loss, and which of a state's tensors it depends on. */
  readonly options: Omit<ImplicitOptions<Tree, Tree, Tree>, 'solver'>;
  /** A step of gradient descent on it that converges, for the Neumann series. */
  readonly rate: number;
  /** Columns for Nyström, at most as many as there are parameters. */
  readonly rank: number;
}

/** As many entries may inputs have at most for estimators that train once for each. */
const fewInputs = 200;

/** The estimators for a training of `steps` steps and as many inputs, implicit ones where it has a loss. */
export function estimatorsOf(steps: number, inputs: number, inner?: InnerLoss): Estimator[] {
  const taus = [Math.ceil(steps / 10), Math.ceil(steps / 2)].filter(
    (tau, i, all) => tau < steps && all.indexOf(tau) === i,
  );
  const each = inputs <= fewInputs ? [forward(), finiteDifferences()] : [];
  const along = [oneStep(), fixedPoint({ iterations: Math.max(1, Math.ceil(steps / 2)) })];
  const solvers = inner
    ? [
        cg({ iterations: 20 }),
        normalCg({ iterations: 20 }),
        neumann({ terms: 50, step: inner.rate }),
        nystrom({ rank: inner.rank, rho: 1e-3 }),
      ]
    : [];
  return [
    exact(),
    exact({ checkpoints: Math.ceil(Math.sqrt(steps)) }),
    ...taus.map((tau) => truncated(tau)),
    truncated(1),
    partial(),
    drMad(),
    ...each,
    ...along.map((solver) => implicit({ solver })),
    ...solvers.map((solver) => implicit<Tree, Tree, Tree>({ ...inner?.options, solver })),
  ];
}
