/**
 * @file `finiteDifferences`: central differences of the whole training,
 *
 *     g_i ≈ (f(x + ε e_i) - f(x - ε e_i)) / 2ε
 *
 * two trainings a direction, and two with 2 ε, whose slopes must agree with these.
 */

import { leavesOf, release } from '../../run/buffers.ts';
import { expectOptions } from '../../tape/options.ts';
import type { Tree } from '../../tape/tree.ts';
import { MethodError } from '../checkpoints.ts';
import { withSameBatches } from '../digest.ts';
import { type DirectionOptions, type Directions, directionsOf } from '../directions.ts';
import { upload } from '../host.ts';
import type { BilevelProblem } from '../problem.ts';
import { cellSizes, isSteady, retrainedSlope, type Slope, slopeAlong } from '../retrain.ts';
import { reverseSweep } from '../reverse-sweep.ts';
import { expectPositive } from '../solvers/solver.ts';
import { norm } from '../vectors.ts';
import type { Estimator, Hypergradient, RunOptions } from './estimator.ts';

/** Options of `finiteDifferences`. */
export interface FiniteDifferenceOptions extends DirectionOptions {
  /**
   * How far the inputs are moved: ε. Default the cube root of the rounding error of the device, times
   * the size of the cell, or the root mean square of its tensor where that is larger; along a
   * direction, so far that no cell moves by more of its size.
   */
  readonly step?: number;
}

/**
 * Central differences that train again: no derivative has a part in them. Their error is of the
 * order of ε², and of the rounding of the objective over ε: some ten digits in float64 and four in
 * f32, of the largest entry of a tensor and not of each. An entry whose steps change the objective by
 * less than it is rounded to is 0.
 *
 * Throws a MethodError where steps of ε and 2 ε give changes that differ by more than 5 % of the
 * largest change that a cell of the tensor, or a direction that is given, makes.
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
  const sizes = await cellSizes(inputs, device);
  const base = await reverseSweep(problem, { ...run, depth: 0, throughInit: false });
  release(base.gradient);
  const gradient = async () => {
    const pairs: (readonly [slope: Slope, doubled: Slope])[] = [];
    for (let i = 0; i < count; i++) {
      const direction = directions.vector(i);
      const quiet = { device, signal };
      // A direction of another length is moved along by as much.
      const own = options.step && options.step / (norm(direction) || 1);
      const slope = own
        ? await retrainedSlope(problem, direction, own, quiet)
        : await slopeAlong(problem, direction, sizes, quiet);
      pairs.push([slope, await retrainedSlope(problem, direction, 2 * slope.step, quiet)]);
      onProgress?.('backward', i + 1, count);
    }
    const gradient = directions.gradient(Float64Array.from(pairs, ([{ slope }]) => slope));
    expectSteady(directions, pairs);
    return gradient;
  };
  try {
    return {
      value: base.value,
      gradient: leavesOf(device, inputs, await upload(device, inputs, await gradient())),
      state: base.state,
      cost: { forwardSteps: (1 + 4 * count) * steps, heldStates: 0 },
    };
  } catch (error) {
    release(base.state);
    throw error;
  }
}

/** Throws a MethodError that names the first direction whose two slopes disagree. */
function expectSteady(
  directions: Directions,
  pairs: readonly (readonly [slope: Slope, doubled: Slope])[],
): void {
  // By how much a step changes the objective: the unit of an input has no part in it. What is not
  // finite has a cause that the caller finds.
  const largest = new Map<number, number>();
  for (const [i, [{ slope, step }, doubled]] of pairs.entries()) {
    const { group } = directions.of(i);
    const change = Math.max(Math.abs(slope), Math.abs(doubled.slope)) * step;
    if (Number.isFinite(change)) largest.set(group, Math.max(largest.get(group) ?? 0, change));
  }
  for (const [i, [one, doubled]] of pairs.entries()) {
    const { slope, step } = one;
    const { name, group } = directions.of(i);
    const of = (largest.get(group) ?? 0) / step;
    if (!Number.isFinite(slope) || isSteady(one, doubled, of)) continue;
    throw new MethodError(
      `finiteDifferences: ${name}: a step of ${step} gives the slope ${slope} and twice the step ` +
        `${doubled.slope}: the objective bends, jumps or has a kink within them, or the slope is lost in ` +
        'rounding: give another step',
    );
  }
}
