/** @file Fits a differentiable recommender, epoch by epoch, without fake users of its own. */

import { compile, release, TrainingRun, type Tree } from '../../autodiff/index.ts';
import { factorModel, loadFactorModel } from '../factor-model.ts';
import type { FitOptions, Surrogate, SurrogateKind, TrainedModel } from '../kind.ts';

/** Trains to the end, or until `onEpoch` returns true, and keeps the factors. */
async function fit(
  surrogate: Surrogate,
  { device, onStep, onEpoch }: Omit<FitOptions, 'seed'>,
): Promise<TrainedModel> {
  const { steps, stepsPerEpoch } = surrogate;
  const run = new TrainingRun(surrogate, {}, device);
  const factors = compile((state: Tree) => surrogate.factors(state, {}), { device });
  const trained = async (state: Tree) => factorModel(await factors(state), device);
  let state = await run.init();
  let done = 0;
  let stop = false;
  while (done < steps && !stop) {
    const to = Math.min(done + stepsPerEpoch, steps);
    const next = await run.advance(state, done, to, () => {
      done++;
      onStep?.(done, steps);
    });
    release(state);
    state = next;
    if (!onEpoch) continue;
    const model = await trained(state);
    stop = await onEpoch(Math.ceil(done / stepsPerEpoch), model);
    model.release();
  }
  const result = await trained(state);
  release(state);
  return result;
}

/** A kind that is fitted by the training that an attack differentiates, without fake users. */
export const differentiableKind = <S>(
  kind: Omit<SurrogateKind<S>, 'fit' | 'load'>,
): SurrogateKind<S> => ({
  ...kind,
  fit: (clicks, settings, options) =>
    fit(kind.differentiable(clicks, 0, settings, options.seed), options),
  load: loadFactorModel,
});
