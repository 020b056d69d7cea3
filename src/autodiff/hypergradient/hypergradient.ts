/** @file `hypergradient`: the derivative of an objective through a whole training run. */

import { type Device, expectDevice } from '../devices/device.ts';
import { defaultDevice } from '../devices/open.ts';
import { buffersOf, release } from '../run/buffers.ts';
import { nonFiniteEntry, nonFiniteError } from '../run/non-finite-error.ts';
import { expectOptions } from '../tape/options.ts';
import { showValue } from '../tape/show-value.ts';
import type { Tree } from '../tape/tree.ts';
import { checkedProblem } from './checked.ts';
import { MethodError } from './checkpoints.ts';
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
 * for a method that does not fit the steps or whose states do not fit the device; and a
 * NonFiniteError where the value or the gradient is not finite, which runs once more to name the
 * operation, the step and the entry that it comes from.
 */
export async function hypergradient<
  S extends Tree,
  I extends Tree,
  R extends Tree = S,
  B extends Tree = NoData,
  D extends Tree = NoData,
>(
  problem: BilevelProblem<S, I, R, B, D>,
  options: HypergradientOptions = {},
): Promise<Hypergradient<S, I>> {
  expectOptions('hypergradient', options, ['method', 'device', 'onProgress', 'signal']);
  const { method = exact(), onProgress, signal } = options;
  expectEstimator(method);
  const checked = checkedProblem(problem);
  const device = options.device ?? (await defaultDevice());
  expectDevice('hypergradient', device);
  const run = (on: Device) => method.estimate(checked, { device: on, onProgress, signal });
  const result = await run(device);
  const wrong = await whatIsNotFinite(device, result);
  if (!wrong) return result;
  release([result.gradient, result.state]);
  throw await nonFiniteError(`hypergradient: ${wrong}`, device, run);
}

async function whatIsNotFinite<S extends Tree, I extends Tree>(
  device: Device,
  { value, gradient }: Hypergradient<S, I>,
): Promise<string | undefined> {
  if (!Number.isFinite(value)) return `the value is ${value}`;
  return nonFiniteEntry('the gradient', device, gradient, await buffersOf(device, gradient));
}

function expectEstimator(method: Estimator): void {
  const given: unknown = method;
  if (typeof given === 'object' && given !== null && 'estimate' in given) return;
  const mend =
    typeof given === 'function' ? `: call it, as in ${given.name || 'exact'}()` : ': not its name';
  throw new MethodError(
    `method: expected an estimator such as exact(), truncated(10) or partial(), got ` +
      `${showValue(given)}${typeof given === 'object' ? '' : mend}`,
  );
}
