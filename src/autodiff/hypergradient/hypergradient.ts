/** @file `hypergradient`: the derivative of an objective through a whole training run. */

import type { Device } from '../devices/device.ts';
import { defaultDevice } from '../devices/open.ts';
import type { Tree } from '../tape/tree.ts';
import type { Estimator, Hypergradient } from './estimators/estimator.ts';
import { exact } from './estimators/exact.ts';
import type { BilevelProblem, NoData, Progress } from './problem.ts';

/** Options of `hypergradient`. */
export interface HypergradientOptions {
  /** How the derivative is taken; default `exact()`. */
  readonly method?: Estimator;
  /** Default the default device. */
  readonly device?: Device;
  readonly onProgress?: Progress;
  /** Stops the run after the step at hand: its reason is thrown, and nothing is left behind. */
  readonly signal?: AbortSignal;
}

/**
 * The value of the objective after training and its gradient in the inputs. The step is traced
 * once; it and its pullback are compiled once and replayed. Throws a MethodError, before it trains,
 * for a method that does not fit the steps or whose states do not fit the device.
 */
export async function hypergradient<
  S extends Tree,
  I extends Tree,
  R extends Tree = S,
  B extends Tree = NoData,
  D extends Tree = NoData,
>(
  problem: BilevelProblem<S, I, R, B, D>,
  { method = exact(), device, ...run }: HypergradientOptions = {},
): Promise<Hypergradient<S, I>> {
  return method.estimate(problem, { ...run, device: device ?? (await defaultDevice()) });
}
