/** @file The effect of fake users: on the surrogates, with hypergradients, and on held-out ones. */

import {
  compile,
  type Device,
  type Estimator,
  hypergradient,
  NonFiniteError,
  type Objective,
  type Progress,
  partial,
  readAll,
  release,
  scope,
  type Tree,
  train,
} from '../autodiff/index.ts';
import { DivergedError } from '../errors.ts';
import {
  type Factors,
  factorModel,
  type Poison,
  type Recommender,
  type ScoreUsers,
} from '../models/index.ts';
import type { UserBlock } from './objective.ts';
import { expectFinite } from './update.ts';

/** The fake users of the highest `quality` are the best; the figures go into the history. */
export interface Measured {
  readonly quality: number;
  readonly figures: Readonly<Record<string, number>>;
}

/** The effect of fake users on recommenders: the mean over them. */
export interface Effect extends Measured {
  /** The adversarial loss. */
  readonly loss: number;
}

/** How the effect of fake users is measured. */
export interface EffectOptions<S extends Tree> {
  readonly iteration: number;
  readonly poison: Poison;
  readonly objectiveOf: (recommender: Recommender<S>) => AttackObjective<S>;
  readonly device: Device;
  /** Measures scores of real users. The default quality is minus the loss. */
  readonly measure?: (scores: ScoreUsers) => Promise<Measured>;
  readonly onStep?: Progress;
  readonly signal?: AbortSignal;
}

/** The objective of an attack without its inputs. */
export type AttackObjective<S extends Tree> = Omit<
  Objective<S, Poison, Factors, UserBlock>,
  'inputs'
>;

/**
 * Trains a surrogate beside the fake users: its effect, and the hypergradient, or without a method
 * none. Throws a DivergedError if the loss or the gradient is not finite.
 */
export async function learnEffect<S extends Tree>(
  surrogate: Recommender<S>,
  method: Estimator | undefined,
  options: EffectOptions<S>,
): Promise<{ effect: Effect; gradient: ArrayLike<number> }> {
  const { iteration, poison, device, objectiveOf, signal } = options;
  const result = await hypergradient(
    { ...surrogate, ...objectiveOf(surrogate), inputs: poison },
    // Nothing follows the gradient of the last fake users, so the cheapest does.
    { method: method ?? partial(), device, onProgress: options.onStep, signal },
  ).catch((error) => {
    if (!(error instanceof NonFiniteError)) throw error;
    throw new DivergedError(`iteration ${iteration}: ${error.message}`);
  });
  try {
    const [gradient] = await readAll(result.gradient, { device });
    const factors = await factorsOf(surrogate, result.state, options);
    return { effect: await measureFactors(factors, async () => result.value, options), gradient };
  } finally {
    release(result.gradient);
    release(result.state);
  }
}

/**
 * Trains a recommender beside the fake users and measures it: the effect on one that they were not
 * learned on. Throws a DivergedError if the loss is not finite.
 */
export async function heldOutEffect<S extends Tree>(
  recommender: Recommender<S>,
  options: EffectOptions<S>,
): Promise<Effect> {
  const { iteration, poison, device, onStep: onProgress, signal } = options;
  const state = await train(recommender, poison, device, { onProgress, signal });
  try {
    const factors = await factorsOf(recommender, state, options);
    const lossOfFactors = async () => {
      const loss = await lossOf(factors, options.objectiveOf(recommender), options);
      expectFinite(iteration, 'the adversarial loss on a held-out seed', [loss]);
      return loss;
    };
    return await measureFactors(factors, lossOfFactors, options);
  } finally {
    release(state);
  }
}

/** The mean of effects. */
export function meanEffect(effects: readonly Effect[]): Effect {
  const mean = (number: (effect: Effect) => number) =>
    effects.reduce((sum, effect) => sum + number(effect), 0) / effects.length;
  const names = Object.keys(effects[0].figures);
  return {
    loss: mean(({ loss }) => loss),
    quality: mean(({ quality }) => quality),
    figures: Object.fromEntries(names.map((name) => [name, mean(({ figures }) => figures[name])])),
  };
}

const factorsOf = <S extends Tree>(
  recommender: Recommender<S>,
  state: S,
  { poison, device }: EffectOptions<S>,
): Promise<Factors> =>
  compile((trained: S, inputs: Poison) => recommender.factors(trained, inputs), { device })(
    state,
    poison,
  );

/** The adversarial loss, summed over its blocks of users. */
async function lossOf<S extends Tree>(
  factors: Factors,
  { objective, blocks }: AttackObjective<S>,
  { poison, device }: EffectOptions<S>,
): Promise<number> {
  const part = compile(
    (tables: Factors, inputs: Poison, block: UserBlock) => objective(tables, inputs, block),
    { device },
  );
  let loss = 0;
  for (const block of blocks as readonly UserBlock[]) {
    loss += await scope(async (hold) => hold(await part(factors, poison, block)).item());
  }
  return loss;
}

/** The effect seen in the factors, which it frees. */
async function measureFactors<S extends Tree>(
  factors: Factors,
  lossOfFactors: () => Promise<number>,
  { measure, device }: EffectOptions<S>,
): Promise<Effect> {
  const model = factorModel(factors, device);
  try {
    const loss = await lossOfFactors();
    const measured = await measure?.(model.scores);
    return { loss, quality: measured?.quality ?? -loss, figures: measured?.figures ?? {} };
  } finally {
    model.release();
  }
}
