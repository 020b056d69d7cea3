/** @file Victims: recommenders that are trained with or without fake users and then measured. */

import { type DataSet, type SparseMatrix, stackRows } from '../../data/portable.ts';
import type { FitOptions, ModelKind, Settings, TrainedModel } from '../../models/index.ts';
import { type Metrics, type MetricsOptions, measure } from '../metrics/measure.ts';
import { diverged } from './diverged.ts';

/** How a victim is trained and measured. */
export interface VictimOptions extends MetricsOptions, FitOptions {
  readonly kind: ModelKind;
  readonly settings: Settings;
  /** Gets the model once it is measured, so that a model that diverged gets no further. The model must not be used after the promise. */
  readonly onTrained?: (model: TrainedModel) => Promise<void>;
}

/** The metrics of a victim, and what it took to train and to rank. */
export interface VictimResult extends Metrics {
  readonly trainSeconds: number;
  readonly rankSeconds: number;
}

/**
 * Trains a victim from scratch on the clicks of real and fake users, and measures what it
 * recommends to real users. Fake users are trained on as all others. The same seed starts real
 * users alike with and without them. Throws a RangeError if the fake users click other items than
 * the data has, and a DivergedError that names the setting to lower if a score is not finite.
 */
export async function evaluateVictim(
  data: DataSet,
  fakes: SparseMatrix | null,
  options: VictimOptions,
): Promise<VictimResult> {
  const { kind, settings } = options;
  const clicks = fakes ? stackRows(data.train, fakes) : data.train;
  return diverged(kind, settings, async () => {
    const started = performance.now();
    const model = await kind.fit(clicks, settings, options);
    try {
      const trained = performance.now();
      const metrics = await measure(model.scores, data, options);
      const ranked = performance.now();
      await options.onTrained?.(model);
      const seconds = (from: number, to: number) => (to - from) / 1000;
      return {
        ...metrics,
        trainSeconds: seconds(started, trained),
        rankSeconds: seconds(trained, ranked),
      };
    } finally {
      model.release();
    }
  });
}
