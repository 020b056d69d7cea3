/** @file The forward-mode check of a hypergradient: one direction through the same run. */

import { type Device, expectDevice } from '../devices/device.ts';
import { defaultDevice } from '../devices/open.ts';
import { release } from '../run/buffers.ts';
import { deviceOptions } from '../run/evaluate.ts';
import { expectOptions } from '../tape/options.ts';
import { expectSameTree, type Tree } from '../tape/tree.ts';
import { checkedProblem } from './checked.ts';
import { forwardMode } from './forward-mode.ts';
import type { BilevelProblem, NoData } from './problem.ts';

/**
 * The derivative of the objective along `direction` by forward mode through the same run: equal to
 * the inner product of the exact hypergradient with it, by rules applied the other way round.
 * `recomputed` functions are differentiated operation by operation here. Throws a ShapeError if the
 * direction is another tree than the inputs. A signal stops the run after the step at hand: its reason
 * is thrown, and nothing is left behind.
 */
export async function directionalDerivative<
  S extends Tree,
  I extends Tree,
  R extends Tree = S,
  B extends Tree = NoData,
  D extends Tree = NoData,
>(
  problem: BilevelProblem<S, I, R, B, D>,
  direction: I,
  options: { device?: Device; signal?: AbortSignal } = {},
): Promise<{ value: number; derivative: number }> {
  expectOptions('directionalDerivative', options, [...deviceOptions, 'signal']);
  const checked = checkedProblem(problem);
  expectSameTree('directionalDerivative: direction', checked.inputs, direction);
  const device = options.device ?? (await defaultDevice());
  expectDevice('directionalDerivative', device);
  const { value, slopes, state } = await forwardMode(checked, [direction], {
    device,
    signal: options.signal,
  });
  release(state);
  return { value, derivative: slopes[0] };
}
