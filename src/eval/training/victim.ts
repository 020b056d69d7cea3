/** @file Victims: recommenders trained on data with or without fake users, and then measured. */

import { type DataSet, type SparseMatrix, stackRows } from '../../data/index.ts';
import type { FitOptions, ModelKind, Settings, TrainedModel } from '../../models/index.ts';
import { type Metrics, type MetricsOptions, measure } from '../metrics/measure.ts';

export interface VictimOptions extends MetricsOptions, FitOptions {
  readonly kind: ModelKind;
  readonly settings: Settings;
  /** Given the model before it is measured; it must not be used after the promise. */
  readonly onTrained?: (model: TrainedModel) => Promise<void>;
}

export interface VictimResult extends Metrics {
  readonly trainSeconds: number;
  readonly rankSeconds: number;
}

/**
 * Trains a victim from scratch on real and fake users' clicks and measures what it recommends to
 * real users. Fake users train as any other user; the same seed starts real users alike with and
 * without them. Throws a UserError if the fake users' items are not the data's.
 */
export async function evaluateVictim(
  data: DataSet,
  fakes: SparseMatrix | null,
  options: VictimOptions,
): Promise<VictimResult> {
  const { kind, settings } = options;
  const clicks = fakes ? stackRows(data.train, fakes) : data.train;
  const started = performance.now();
  const model = await kind.fit(clicks, settings, options);
  const trained = performance.now();
  await options.onTrained?.(model);
  const ranking = performance.now();
  const metrics = await measure(model.scores, data, options);
  model.release();
  const seconds = (from: number, to: number) => (to - from) / 1000;
  return {
    ...metrics,
    trainSeconds: seconds(started, trained),
    rankSeconds: seconds(ranking, performance.now()),
  };
}
