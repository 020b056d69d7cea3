/** @file Victims: recommenders trained on data with or without fake users, and then measured. */

import { scoreUsers } from '../attack/index.ts';
import { type Device, type Progress, release, train } from '../autodiff/index.ts';
import { type DataSet, type SparseMatrix, stackRows } from '../data/index.ts';
import { buildModel, type ModelName, type ModelSettings } from '../models/index.ts';
import { type Metrics, type MetricsOptions, measure } from './metrics.ts';

export interface VictimOptions extends MetricsOptions {
  readonly model: ModelName;
  readonly settings: ModelSettings;
  readonly seed: number;
  readonly device: Device;
  readonly onStep?: Progress;
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
  const { model: name, settings, seed, device, onStep } = options;
  const clicks = fakes ? stackRows(data.train, fakes) : data.train;
  const { model } = buildModel(name, clicks, 0, settings, seed);
  const started = performance.now();
  const state = await train(model, {}, device, onStep);
  const trained = performance.now();
  const metrics = await measure(scoreUsers(model, state, {}, device), data, options);
  release(state);
  const seconds = (from: number, to: number) => (to - from) / 1000;
  return {
    ...metrics,
    trainSeconds: seconds(started, trained),
    rankSeconds: seconds(trained, performance.now()),
  };
}
