/** @file Fits a differentiable recommender, epoch by epoch; no fake users stand apart. */

import { compile, release, type Tree, train } from '../autodiff/index.ts';
import { factorModel, loadFactorModel } from './factor-model.ts';
import type { FitOptions, ModelKind, Surrogate, TrainedModel } from './trained-model.ts';

/** Trains to the end, or until `onEpoch` says so, and keeps the factors. */
export async function fit(
  { model, stepsPerEpoch }: Surrogate,
  { device, onStep, onEpoch }: Omit<FitOptions, 'seed'>,
): Promise<TrainedModel> {
  const factors = compile((state: Tree) => model.factors(state, {}), { device });
  const trained = async (state: Tree) => factorModel(await factors(state), device);
  const atEpoch = async (state: Tree, done: number): Promise<boolean> => {
    if (!onEpoch) return false;
    const sofar = await trained(state);
    const stop = await onEpoch(Math.ceil(done / stepsPerEpoch), sofar);
    sofar.release();
    return stop;
  };
  const last = await train(model, {}, device, {
    onProgress: (_phase, done, total) => onStep?.(done, total),
    every: stepsPerEpoch,
    onState: atEpoch,
  });
  const result = await trained(last);
  release(last);
  return result;
}

type Differentiable<S> = ModelKind<S> & Required<Pick<ModelKind<S>, 'surrogate'>>;

/** A kind that is fitted as its surrogate is trained, with no fake users apart. */
export const differentiableKind = <S>(
  kind: Omit<Differentiable<S>, 'fit' | 'load'>,
): Differentiable<S> => ({
  ...kind,
  fit: (clicks, settings, options) =>
    fit(kind.surrogate(clicks, 0, settings, options.seed), options),
  load: loadFactorModel,
});
