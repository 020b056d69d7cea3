/** @file `trimmed-loss`: in each epoch the users of the worst losses teach the items nothing. */

import {
  compile,
  evaluate,
  readAll,
  release,
  type Tree,
  tensor,
  train,
} from '../../autodiff/index.ts';
import { UserError } from '../../errors.ts';
import { factorModel, type Surrogate } from '../../models/index.ts';
import {
  countOf,
  type Defence,
  type DefenceSettings,
  type DefenceTask,
  highest,
} from './defence.ts';
import { weighable, weighableVictims } from './down-weighting.ts';

/** 0 for the `count` users of the highest loss a click, 1 for all others; the seed breaks ties. */
export function trimmed(
  losses: ArrayLike<number>,
  indptr: Int32Array,
  count: number,
  seed: number,
): Float64Array<ArrayBuffer> {
  const each = Float64Array.from(losses, (loss, user) => {
    return loss / Math.max(1, indptr[user + 1] - indptr[user]);
  });
  const weights = new Float64Array(each.length).fill(1);
  for (const user of highest(each, count, seed)) weights[user] = 0;
  return weights;
}

/** One epoch of a training, from a state. */
const epochOf = (surrogate: Surrogate, start: Tree, epoch: number): Surrogate => {
  const { stepsPerEpoch, batch } = surrogate;
  return {
    ...surrogate,
    steps: stepsPerEpoch,
    init: () => start,
    ...(batch && { batch: (step) => batch(epoch * stepsPerEpoch + step) }),
  };
};

async function fit(task: DefenceTask, settings: DefenceSettings) {
  const surrogate = weighable(trimmedLoss, task);
  const { device, signal, onStep, clicks, seed } = task;
  const count = countOf('trimmed-loss', settings, clicks.rows);
  const { stepsPerEpoch, steps } = surrogate;
  if (steps <= stepsPerEpoch) {
    throw new UserError(
      `${trimmedLoss.name}: epochs: one epoch has no losses before it to trim by: give two or more`,
    );
  }
  const losses = compile((state: Tree) => surrogate.userLosses(state), { device });
  let state = await evaluate(surrogate.init({}), { device });
  let weights = new Float64Array(clicks.rows).fill(1);
  for (let epoch = 0; epoch * stepsPerEpoch < steps; epoch++) {
    // The losses before the first epoch are those of random factors.
    if (epoch > 0) {
      const found = await losses(state);
      const [numbers] = await readAll(found, { device });
      release(found);
      weights = trimmed(numbers, clicks.indptr, count, seed);
    }
    const inputs = { weights: tensor(weights, [weights.length, 1]) };
    const next = await train(epochOf(surrogate, state, epoch), inputs, device, {
      signal,
      onProgress: (_phase, done) => onStep?.(epoch * stepsPerEpoch + done, steps),
    });
    release(state);
    state = next;
  }
  const factors = compile((at: Tree) => surrogate.factors(at, {}), { device });
  const model = factorModel(await factors(state), device);
  release(state);
  return { model, weights };
}

/** The defence `trimmed-loss`. */
export const trimmedLoss: Defence = {
  name: 'trimmed-loss',
  about: 'leaves the users of the worst loss a click out of the items’ gradient, anew each epoch',
  defaults: { share: 0.05 },
  suspects: false,
  victims: weighableVictims,
  train: fit,
};
