/** @file What a detector is: a score for each user, higher where more suspicious. */

import type { Device } from '../../autodiff/index.ts';
import type { SparseMatrix } from '../../data/sparse.ts';

/** Clicks of users of whom some are known to be genuine or fake. */
export interface Labelled {
  readonly clicks: SparseMatrix;
  /** For each user 1 if fake, 0 if genuine, -1 if not known. */
  readonly labels: Int8Array;
  /**
   * As examples: the first so many users are those of the clicks to be judged, row by row, such as the
   * genuine users of a data set; the others are further users. By default 0.
   */
  readonly shared?: number;
}

/** What a detector is told beside the clicks, and where it runs. */
export interface DetectorOptions {
  /** Seeds everything random: the same seed gives the same scores. */
  readonly seed: number;
  /** Users of other attacks on the same catalogue, for detectors that learn from labels. */
  readonly examples?: readonly Labelled[];
  /** The items that are suspected to be promoted, for detectors that ask for them. */
  readonly targets?: readonly number[];
  /** Where detectors that train a recommender do so. */
  readonly device?: Device;
  /** Told of the steps of long work. An error that it throws stops the work. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops long work: its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** One detector. */
export interface Detector {
  /** As a user writes it. */
  readonly name: string;
  /** A line on what it is, with its source. */
  readonly about: string;
  /** What it must be told: `examples`, `targets`, or nothing but the clicks. */
  readonly needs: 'clicks' | 'examples' | 'targets';
  /**
   * The suspicion of each user of `clicks`, genuine and fake among one another: finite numbers,
   * higher where more suspicious by definition, comparable among the users of one call. Throws a
   * UserError if `options` lacks what the detector needs.
   */
  scores(clicks: SparseMatrix, options: DetectorOptions): Promise<Float64Array>;
}
