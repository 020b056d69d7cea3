/** @file Fits a differentiable recommender, epoch by epoch, without fake users of its own. */

import { compile, noData, release, type Tree, tensor, train } from '../../autodiff/index.ts';
import { checkedKind } from '../checked.ts';
import { factorModel, loadFactorModel } from '../factor-model.ts';
import type { FitOptions, Surrogate, SurrogateKind, TrainedModel } from '../kind.ts';
import type { Poison } from '../recommender.ts';

/**
 * Trains a surrogate for these inputs, by default none, to the end or until `onEpoch` returns true,
 * and keeps the factors.
 */
export async function fitSurrogate(
  surrogate: Surrogate,
  { device, onStep, onEpoch, signal }: Omit<FitOptions, 'seed'>,
  inputs: Poison = {},
): Promise<TrainedModel> {
  const { stepsPerEpoch } = surrogate;
  const factors = compile((state: Tree) => surrogate.factors(state, inputs), { device });
  const trained = async (state: Tree) => factorModel(await factors(state), device);
  const atEpoch = async (state: Tree, done: number): Promise<boolean> => {
    if (!onEpoch) return false;
    const model = await trained(state);
    const stop = await onEpoch(Math.ceil(done / stepsPerEpoch), model);
    model.release();
    return stop;
  };
  const last = await train(surrogate, inputs, device, {
    onProgress: (_phase, done, total) => onStep?.(done, total),
    every: stepsPerEpoch,
    onState: atEpoch,
    signal,
  });
  const result = await trained(last);
  release(last);
  return result;
}

/**
 * A kind that is fitted by the training that an attack differentiates, without fake users; `width`
 * is the length of its factors.
 */
export const differentiableKind = <S>({
  width,
  ...kind
}: Omit<SurrogateKind<S>, 'fit' | 'load'> & { width(settings: S): number }): SurrogateKind<S> =>
  checkedKind<S, SurrogateKind<S>>({
    ...kind,
    fit: (clicks, settings, options) =>
      fitSurrogate(kind.differentiable(clicks, 0, settings, options.seed), options),
    load: loadFactorModel(width),
    trainingStep: (clicks, settings, seed, fakes = 0) => {
      const { init, step, batch } = kind.differentiable(clicks, fakes, settings, seed);
      const cells = new Float64Array(fakes * clicks.columns);
      const poison: Poison = fakes > 0 ? { fakes: tensor(cells, [fakes, clicks.columns]) } : {};
      return { step, state: init(poison), inputs: poison, batch: batch?.(0) ?? noData };
    },
  });
