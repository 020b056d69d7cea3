/** @file The interface of all recommenders: what they are fitted with and what they are then. */

import type { Device } from '../autodiff/index.ts';
import type { NamedArrays } from '../data/named-arrays.ts';
import type { SparseMatrix } from '../data/sparse.ts';
import type { Recommender } from './model.ts';
import type { Settings } from './settings.ts';

/** Scores of users, `[users.length, items]` in row-major order; the caller may overwrite them. */
export type ScoreUsers = (users: Int32Array) => Promise<Float32Array | Float64Array>;

/** A recommender that has been trained. */
export interface TrainedModel {
  readonly users: number;
  readonly items: number;
  readonly scores: ScoreUsers;
  /** The numbers that `load` of the same kind makes it from again. */
  arrays(): Promise<NamedArrays>;
  /** Gives back what the model holds on its device; it must not be used after. */
  release(): void;
}

export interface FitOptions {
  /** Everything random follows from it: the same seed gives the same bits on the same device. */
  readonly seed: number;
  readonly device: Device;
  /** Told after each step; throwing stops the training. */
  readonly onStep?: (done: number, total: number) => void;
  /** Told after each epoch, with the model as it is until the next; true ends the training. */
  readonly onEpoch?: (epoch: number, model: TrainedModel) => Promise<boolean>;
}

/** A recommender made ready to be trained by `train` or attacked through by `learnFakes`. */
export interface Surrogate {
  readonly model: Recommender;
  readonly stepsPerEpoch: number;
}

/**
 * One kind of recommender: its settings, and how it is fitted, loaded and attacked through. A kind
 * without the setting `epochs` is not trained step by step and calls neither onStep nor onEpoch.
 */
export interface ModelKind<S = Settings> {
  readonly name: string;
  /** What it is, in a line, with its source. */
  readonly about: string;
  /** Settings for Gowalla: the paper's (Tang, Wen & Wang 2020, section 4.1), or better ones. */
  readonly defaults: S;
  /** The paper's, where the defaults are others. */
  readonly paper?: S;
  /** Settings for data of the size of the paper's synthetic experiment. */
  readonly synthetic: S;
  /** Trains on the clicks, in which fake users are rows as all others. */
  fit(clicks: SparseMatrix, settings: S, options: FitOptions): Promise<TrainedModel>;
  /** A trained model again, from `arrays`; throws a UserError naming an array that does not fit. */
  load(clicks: SparseMatrix, settings: S, arrays: NamedArrays, device: Device): TrainedModel;
  /** For kinds whose training is differentiable in a number of fake users. */
  surrogate?(clicks: SparseMatrix, fakes: number, settings: S, seed: number): Surrogate;
}
