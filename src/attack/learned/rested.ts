/** @file Derivatives of an objective at the rest of a surrogate's training, with what is known of them. */

import {
  cg,
  type Device,
  hypergradient,
  implicit,
  MethodError,
  NonFiniteError,
  readAll,
  release,
  type Tensor,
  type Tree,
} from '../../autodiff/index.ts';
import { DivergedError, UserError } from '../../errors.ts';
import type { Factors, Poison, Recommender, TrainingLoss } from '../../models/index.ts';
import type { ImplicitRecord } from '../learn.ts';

/** A surrogate that knows the loss at whose minimum its training comes to rest. */
export type RestingSurrogate = Recommender & { readonly trainingLoss: TrainingLoss };

/** How the systems of implicit hypergradients are solved. */
export interface ImplicitRun {
  /** The most iterations of conjugate gradients. */
  readonly iterations: number;
  /** The relative residual at which they stop, default 1e-4: steps of a descent need no more. */
  readonly tolerance?: number;
  readonly device: Device;
  readonly signal?: AbortSignal;
}

/** Throws a UserError unless a surrogate has a training loss. */
export function expectResting(name: string, surrogate: Recommender): RestingSurrogate {
  const { trainingLoss } = surrogate;
  if (trainingLoss) return { ...surrogate, trainingLoss };
  throw new UserError(
    `${name}: ${surrogate.name} has no loss that implicit differentiation can go by: set ` +
      '--surrogate to wrmf-als or wrmf-sgd',
  );
}

/**
 * The derivative of an objective of the factors in the inputs, by the implicit function theorem at
 * a trained state: numbers of each input by its name. `weights` `[users, 1]` among the inputs weigh
 * the losses of real users. Throws a UserError where no number would mean anything, and a
 * DivergedError where one is not finite.
 */
export async function implicitAt(
  { trainingLoss, ...surrogate }: RestingSurrogate,
  state: Tree,
  { inputs, objective }: { inputs: Poison; objective(factors: Factors): Tensor },
  { iterations, tolerance = 1e-4, device, signal }: ImplicitRun,
): Promise<{ readonly gradient: ReadonlyMap<string, ArrayLike<number>>; record: ImplicitRecord }> {
  const problem = {
    ...surrogate,
    inputs,
    init: () => state,
    steps: 0,
    objective: (trained: Tree) => objective(restingFactors(trainingLoss, trained)),
  };
  const method = implicit({ solver: cg({ iterations, tolerance }), ...trainingLoss });
  const result = await hypergradient(problem, { method, device, signal }).catch((error) => {
    if (error instanceof NonFiniteError) throw new DivergedError(error.message);
    if (!(error instanceof MethodError)) throw error;
    throw new UserError(`${surrogate.name}: ${error.message}; raise --epochs to train it longer`);
  });
  try {
    const names = Object.keys(inputs);
    const numbers = await readAll(
      names.map((name) => result.gradient[name]),
      { device },
    );
    const gradient = new Map(names.map((name, i) => [name, numbers[i]]));
    return { gradient, record: recordOf(result.certificate) };
  } finally {
    release(result.gradient);
    release(result.state);
  }
}

/** The factors of real users and of items in a state. */
function restingFactors({ gauge, parameters }: TrainingLoss, state: Tree): Factors {
  const { left, right } = gauge(parameters(state));
  return { users: left[0], items: right[0] };
}

function recordOf(certificate: Awaited<ReturnType<typeof hypergradient>>['certificate']) {
  if (!certificate) throw new Error('internal: an implicit hypergradient without a certificate');
  const { residual, findings } = certificate;
  const rest = findings.find(({ name }) => name === 'stationarity');
  return {
    residual,
    stationarity: rest?.numbers.relativeGradient ?? Number.NaN,
    warnings: findings.filter(({ level }) => level === 'warning').map(({ sentence }) => sentence),
  };
}

/** The worst numbers of two, and the warnings of the later. */
export const worseOf = (before: ImplicitRecord, now: ImplicitRecord): ImplicitRecord => ({
  residual: Math.max(before.residual, now.residual),
  stationarity: Math.max(before.stationarity, now.stationarity),
  warnings: now.warnings,
});
