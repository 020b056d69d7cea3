/** @file Fits a differentiable recommender, epoch by epoch; no fake users stand apart. */

import { compile, release, TrainingRun, type Tree } from '../autodiff/index.ts';
import { factorModel, loadFactorModel } from './factor-model.ts';
import type { FitOptions, ModelKind, Surrogate, TrainedModel } from './trained-model.ts';

/** Trains to the end, or until `onEpoch` says so, and keeps the factors. */
export async function fit(
  { model, stepsPerEpoch }: Surrogate,
  { device, onStep, onEpoch }: Omit<FitOptions, 'seed'>,
): Promise<TrainedModel> {
  const run = new TrainingRun(model, {}, device);
  const factors = compile((state: Tree) => model.factors(state, {}), { device });
  const trained = async (state: Tree) => factorModel(await factors(state), device);
  let state = await run.init();
  let done = 0;
  let stop = false;
  while (done < model.steps && !stop) {
    const to = Math.min(done + stepsPerEpoch, model.steps);
    const next = await run.advance(state, done, to, () => {
      done++;
      onStep?.(done, model.steps);
    });
    release(state);
    state = next;
    if (!onEpoch) continue;
    const sofar = await trained(state);
    stop = await onEpoch(Math.ceil(done / stepsPerEpoch), sofar);
    sofar.release();
  }
  const result = await trained(state);
  release(state);
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
