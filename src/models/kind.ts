/** @file The record that describes a kind of recommender, and what fitting one gives. */

import type { Device, Tensor, Tree } from '../autodiff/index.ts';
import type { NamedArrays } from '../data/named-arrays.ts';
import type { SparseMatrix } from '../data/sparse.ts';
import type { Recommender } from './recommender.ts';
import type { Settings } from './settings.ts';

/** Scores of some users, `[users.length, items]`, row-major. The caller may overwrite them. */
export type ScoreUsers = (users: Int32Array) => Promise<Float32Array | Float64Array>;

/** A recommender that has been trained. */
export interface TrainedModel {
  readonly users: number;
  readonly items: number;
  readonly scores: ScoreUsers;
  /** The arrays from which `load` of the same kind makes the model again. */
  arrays(): Promise<NamedArrays>;
  /** Frees the model's buffers on its device. Afterwards the model must not be used. */
  release(): void;
}

/** How and where a model is fitted. */
export interface FitOptions {
  /** Seeds everything random: the same seed gives the same bits on the same device. */
  readonly seed: number;
  readonly device: Device;
  /** Called after each step of the training. An error that it throws stops the training. */
  readonly onStep?: (done: number, total: number) => void;
  /** Stops the training after the step at hand: its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Called after each epoch with the model, usable during the call; true ends the training. */
  readonly onEpoch?: (epoch: number, model: TrainedModel) => Promise<boolean>;
}

/** A step of a training as tensors, with something to take it on. */
export interface TrainingStep {
  /** The state after a step; it contains its own gradient. */
  step(state: Tree, inputs: Tree, batch: Tree): Tree;
  readonly state: Tree;
  /** The fake users, if any. */
  readonly inputs: Tree;
  readonly batch: Tree;
}

/** The recommender that an attack differentiates: the attacker's stand-in for the victim's. */
export interface Surrogate extends Recommender {
  readonly stepsPerEpoch: number;
  /**
   * The loss of each real user in a state, `[users, 1]`, without weights. A surrogate that has it
   * also takes `weights` `[users, 1]` beside the fake users: how much each real user's loss counts
   * in the gradient of what users share. A user's own factors are trained in full.
   */
  userLosses?(state: Tree): Tensor;
}

/**
 * One kind of recommender: its settings `S`, and how it is fitted and loaded. A kind without the
 * setting `epochs` is not trained: its `onStep` counts items and it never calls `onEpoch`.
 */
export interface ModelKind<S = Settings> {
  readonly name: string;
  /** A line on what it is, with its source. */
  readonly about: string;
  /** Nothing of it is random: the model is the same for every seed. */
  readonly seedless?: true;
  /** The kind of which this is the defended form: `evaluate` takes it only where it is named. */
  readonly defends?: string;
  /** Settings for Gowalla: those of Tang, Wen & Wang 2020, section 4.1, or better ones. */
  readonly defaults: S;
  /** The paper's settings, where the defaults differ from them. */
  readonly paper?: S;
  /** Settings for data of the size of the paper's synthetic experiment. */
  readonly synthetic: S;
  /** Trains on clicks. Fake users among them are rows like all others. */
  fit(clicks: SparseMatrix, settings: S, options: FitOptions): Promise<TrainedModel>;
  /** Makes a trained model from its `arrays`. Throws a UserError that names an array that misfits. */
  load(clicks: SparseMatrix, settings: S, arrays: NamedArrays, device: Device): TrainedModel;
  /**
   * The first step of the training on `clicks`, beside `fakes` fake users where the kind can be
   * differentiated in them, for pictures of its tape. Kinds that are not trained lack it.
   */
  trainingStep?(clicks: SparseMatrix, settings: S, seed: number, fakes?: number): TrainingStep;
  /**
   * The recommender as tensors, to be differentiated in `fakes` fake users, which train beside the
   * real users of `clicks` and may click the `candidates`, ascending, by default all items. Kinds
   * without it cannot be a surrogate.
   */
  differentiable?(
    clicks: SparseMatrix,
    fakes: number,
    settings: S,
    seed: number,
    candidates?: Int32Array,
  ): Surrogate;
}

/** A kind that can be a surrogate. */
export type SurrogateKind<S = Settings> = ModelKind<S> &
  Required<Pick<ModelKind<S>, 'differentiable'>>;
