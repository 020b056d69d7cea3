/** @file Early stopping: training that ends when held-out clicks are no longer ranked better. */

import { random, type SparseMatrix, splitRows } from '../../data/index.ts';
import type { NamedArrays } from '../../data/named-arrays.ts';
import { UserError } from '../../errors.ts';
import type { FitOptions, ModelKind, Settings, TrainedModel } from '../../models/index.ts';
import { measureRecall } from '../metrics/measure.ts';

export interface EarlyStopping {
  /** Measurements in a row without a new best after which training ends. */
  readonly patience: number;
  /** Share of each user's clicks that is not trained on, rounded down. */
  readonly validation: number;
  /** Epochs from one measurement to the next; the last epoch is measured too. */
  readonly every: number;
  /** Length of the recommendations whose recall of the held-out clicks is measured. */
  readonly k: number;
  readonly onMeasurement?: (measurement: Measurement) => void;
}

export interface Measurement {
  readonly epoch: number;
  readonly recall: number;
  /** The best of all so far, this one included; of equal ones the first. */
  readonly best: { readonly epoch: number; readonly recall: number };
}

/**
 * A kind whose `fit` stops early and gives the model of the best measurement. Which clicks are held
 * out follows from the seed. `fit` throws a UserError if no user has enough clicks to hold one out.
 * Throws a UserError for a kind that has no epochs.
 */
export function stopEarly(kind: ModelKind, stopping: EarlyStopping): ModelKind {
  if (!('epochs' in kind.defaults)) {
    throw new UserError(`${kind.name} is not trained in epochs: leave --patience out`);
  }
  return { ...kind, fit: (...args) => fitEarly(kind, stopping, ...args) };
}

async function fitEarly(
  kind: ModelKind,
  stopping: EarlyStopping,
  clicks: SparseMatrix,
  settings: Settings,
  options: FitOptions,
): Promise<TrainedModel> {
  const { every, patience, k, onMeasurement } = stopping;
  const data = holdOut(clicks, stopping.validation, options.seed);
  let best: (Measurement['best'] & { readonly arrays: NamedArrays }) | undefined;
  let measuredSinceBest = 0;
  const onEpoch = async (epoch: number, model: TrainedModel): Promise<boolean> => {
    const ends = (await options.onEpoch?.(epoch, model)) ?? false;
    if (!ends && epoch % every !== 0 && epoch !== settings.epochs) return false;
    const recall = await measureRecall(model.scores, data, { k });
    measuredSinceBest++;
    if (!best || recall > best.recall) {
      best = { epoch, recall, arrays: await model.arrays() };
      measuredSinceBest = 0;
    }
    onMeasurement?.({ epoch, recall, best: { epoch: best.epoch, recall: best.recall } });
    return ends || measuredSinceBest === patience;
  };
  const last = await kind.fit(data.train, settings, { ...options, onEpoch });
  last.release();
  if (!best) throw new Error(`${kind.name} ended without an epoch`);
  // Whoever loads the model from a file does so with all clicks; here it is to be the same model.
  return kind.load(clicks, settings, best.arrays, options.device);
}

function holdOut(clicks: SparseMatrix, share: number, seed: number) {
  const data = splitRows(clicks, share, random(seed).fork('validation'));
  if (data.test.indices.length > 0) return { name: 'validation', ...data };
  throw new UserError(
    `validation: a share of ${share} holds out no click of any user: raise --validation`,
  );
}
