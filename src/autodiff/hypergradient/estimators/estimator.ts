/** @file What an estimator of a hypergradient is: one record, given to `hypergradient` as method. */

import type { Device } from '../../devices/device.ts';
import type { Tree } from '../../tape/tree.ts';
import type { Certificate } from '../certificates/certificate.ts';
import type { BilevelProblem, Progress } from '../problem.ts';

/** Where a run computes, and whom it tells how far it is. */
export interface RunOptions {
  readonly device: Device;
  readonly onProgress?: Progress;
  /** Stops the run after the step at hand: its reason is thrown, and nothing is left behind. */
  readonly signal?: AbortSignal;
}

/** A value with its derivative, and what they cost. */
export interface Hypergradient<S extends Tree, I extends Tree> {
  /** The objective after training. */
  readonly value: number;
  /** Its derivative in the inputs: leaves on the device, of the inputs' shapes. */
  readonly gradient: I;
  /** The state after the last step: leaves on the device. */
  readonly state: S;
  /**
   * Steps run forward, for training and from checkpoints, and the most states held at once. What
   * `implicit` runs again at the trained state, for its system and its certificate, is not counted.
   */
  readonly cost: { readonly forwardSteps: number; readonly heldStates: number };
  /** What is known about the gradient; `implicit` gives one. */
  readonly certificate?: Certificate;
}

/** A way to take the derivative of an objective through a training run. */
export interface Estimator {
  /** As a user writes it, such as `truncated(10)`. */
  readonly name: string;
  /** Trains and differentiates. Throws a MethodError, before it trains, where it does not fit. */
  estimate<S extends Tree, I extends Tree, R extends Tree, B extends Tree, D extends Tree>(
    problem: BilevelProblem<S, I, R, B, D>,
    options: RunOptions,
  ): Promise<Hypergradient<S, I>>;
}
