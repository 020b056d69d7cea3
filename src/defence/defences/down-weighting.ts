/** @file `down-weighting`: what a user's clicks teach the items counts less, the more suspected. */

import { tensor } from '../../autodiff/index.ts';
import { fitSurrogate, type Surrogate } from '../../models/index.ts';
import {
  checkedSuspicion,
  countOf,
  type Defence,
  type DefenceTask,
  expectVictim,
} from './defence.ts';

/** The kinds whose training takes a weight for each user: those whose surrogates have `userLosses`. */
export const weighableVictims: readonly string[] = ['wrmf-sgd', 'wrmf-apr', 'wrmf-vat'];

type Weighable = Surrogate & Required<Pick<Surrogate, 'userLosses'>>;

const isWeighable = (surrogate?: Surrogate): surrogate is Weighable =>
  surrogate?.userLosses !== undefined;

/** The training of a victim that takes weights of its users. Throws a UserError for any other. */
export function weighable(
  defence: Defence,
  { kind, clicks, settings, seed }: DefenceTask,
): Weighable {
  expectVictim(defence, kind.name);
  const surrogate = kind.differentiable?.(clicks, 0, settings, seed);
  if (isWeighable(surrogate)) return surrogate;
  throw new Error(`internal: ${kind.name} takes no weights of its users`);
}

/**
 * The probability that each user is fake, from its suspicion s and the number that is taken to be:
 * 1 / (1 + exp((t - s) / d)), where t is the lowest suspicion of so many users and d the standard
 * deviation of all others. Half at t; where the others are all alike, 1 above t and 0 below.
 */
export function fakeProbabilities(suspicion: Float64Array, count: number): Float64Array {
  const threshold = suspicion.toSorted((a, b) => b - a)[count - 1];
  // Of those at the threshold as many are taken as others leave room for: all are equal.
  let room = count - suspicion.filter((s) => s > threshold).length;
  const others = suspicion.filter((s) => s < threshold || (s === threshold && room-- <= 0));
  const mean = others.reduce((sum, s) => sum + s / others.length, 0);
  const variance = others.reduce((sum, s) => sum + (s - mean) ** 2 / others.length, 0);
  const deviation = Math.sqrt(variance);
  return suspicion.map((s) => {
    if (s === threshold) return 0.5;
    return 1 / (1 + Math.exp((threshold - s) / deviation));
  });
}

/** The defence `down-weighting`. */
export const downWeighting: Defence = {
  name: 'down-weighting',
  about: 'weighs what a user teaches the items by 1 - p(fake), of a detector',
  defaults: { share: 0.05 },
  suspects: true,
  victims: weighableVictims,
  train: async (task, settings) => {
    const surrogate = weighable(downWeighting, task);
    const count = countOf('down-weighting', settings, task.clicks.rows);
    const probabilities = fakeProbabilities(await checkedSuspicion('down-weighting', task), count);
    const weights = probabilities.map((p) => 1 - p);
    const inputs = { weights: tensor(weights, [weights.length, 1]) };
    return { model: await fitSurrogate(surrogate, task, inputs), weights };
  },
};
