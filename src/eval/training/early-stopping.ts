/** @file Early stopping: training ends when the recall of held-out clicks no longer rises. */

import { type NamedArrays, random, type SparseMatrix, splitRows } from '../../data/portable.ts';
import { UserError } from '../../errors.ts';
import type { FitOptions, ModelKind, Settings, TrainedModel } from '../../models/index.ts';
import { measureRecall } from '../metrics/measure.ts';

/** When training stops. */
export interface EarlyStopping {
  /** Training ends after so many measurements in a row without a new best. */
  readonly patience: number;
  /** The share of each user's clicks that is held out, rounded down. */
  readonly validation: number;
  /** Epochs from one measurement to the next. The last epoch is measured too. */
  readonly every: number;
  /** Length of the recommendations whose recall is measured. */
  readonly k: number;
  readonly onMeasurement?: (measurement: Measurement) => void;
}

/** The recall of held-out clicks after an epoch. */
export interface Measurement {
  readonly epoch: number;
  readonly recall: number;
  /** The best measurement so far; of equal ones the first. */
  readonly best: { readonly epoch: number; readonly recall: number };
}

/**
 * A kind of model whose `fit` stops early and returns the model of the best measurement. The seed
 * draws the clicks that are held out; `fit` throws a UserError if they are none. Epochs of pretraining
 * are not measured: after them the model is not yet of its kind. Throws a UserError for a kind that
 * has no epochs.
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
    if (!ends && epoch <= Number(settings.pretraining ?? 0)) return false;
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
  // A model loaded from a file gets all clicks, held out or not: so does this one.
  return kind.load(clicks, settings, best.arrays, options.device);
}

function holdOut(clicks: SparseMatrix, share: number, seed: number) {
  const data = splitRows(clicks, share, random(seed).fork('validation'));
  if (data.test.indices.length > 0) return { name: 'validation', ...data };
  throw new UserError(
    `validation: a share of ${share} holds out no click of any user: raise --validation`,
  );
}
