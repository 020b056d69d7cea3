/**
 * @file `finiteDifferences`: central differences of the whole training, two trainings a direction,
 *
 *     g_i ≈ (f(x + ε e_i) - f(x - ε e_i)) / 2ε
 */

import { leavesOf, release } from '../../run/buffers.ts';
import { expectOptions } from '../../tape/options.ts';
import type { Tree } from '../../tape/tree.ts';
import { withSameBatches } from '../digest.ts';
import { type DirectionOptions, directionsOf } from '../directions.ts';
import { upload } from '../host.ts';
import type { BilevelProblem } from '../problem.ts';
import { differenceStep, retrainedSlope } from '../retrain.ts';
import { reverseSweep } from '../reverse-sweep.ts';
import { expectPositive } from '../solvers/solver.ts';
import { norm } from '../vectors.ts';
import type { Estimator, Hypergradient, RunOptions } from './estimator.ts';

/** Options of `finiteDifferences`. */
export interface FiniteDifferenceOptions extends DirectionOptions {
  /**
   * How far the inputs are moved: ε. Default the cube root of the rounding error of the device,
   * times the root mean square of the inputs if that is above 1.
   */
  readonly step?: number;
}

/**
 * Central differences that train again: no derivative has a part in them. Their error is of the
 * order of ε², and of the rounding of the objective over ε: some ten digits in float64 and four in
 * f32, of the largest entry and not of each.
 */
export function finiteDifferences(options: FiniteDifferenceOptions = {}): Estimator {
  expectOptions('finiteDifferences', options, ['directions', 'step']);
  const { directions, step } = options;
  if (step !== undefined) expectPositive('finiteDifferences: step', step);
  return {
    name: directions ? `finiteDifferences(${directions.length} directions)` : 'finiteDifferences()',
    estimate: (problem, run) => estimate(problem, options, run),
  };
}

async function estimate<
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
>(
  given: BilevelProblem<S, I, R, B, D>,
  options: FiniteDifferenceOptions,
  run: RunOptions,
): Promise<Hypergradient<S, I>> {
  const problem = withSameBatches(given);
  const { inputs, steps } = problem;
  const { device, onProgress, signal } = run;
  const directions = await directionsOf('finiteDifferences', inputs, options, device);
  const { count } = directions;
  const step = options.step ?? (await differenceStep(inputs, device));
  const base = await reverseSweep(problem, { ...run, depth: 0, throughInit: false });
  release(base.gradient);
  const gradient = async () => {
    const slopes = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const direction = directions.vector(i);
      // A direction of another length is moved along by as much.
      const length = norm(direction) || 1;
      slopes[i] = await retrainedSlope(problem, direction, step / length, { device, signal });
      onProgress?.('backward', i + 1, count);
    }
    return directions.gradient(slopes);
  };
  try {
    return {
      value: base.value,
      gradient: leavesOf(device, inputs, await upload(device, inputs, await gradient())),
      state: base.state,
      cost: { forwardSteps: (1 + 2 * count) * steps, heldStates: 0 },
    };
  } catch (error) {
    release(base.state);
    throw error;
  }
}
