/** @file `forward`: forward mode, one tangent for each cell of the inputs, or for some directions. */

import { leavesOf, release } from '../../run/buffers.ts';
import { trace } from '../../run/trace.ts';
import { expectOptions } from '../../tape/options.ts';
import { cellsOf, type Tree } from '../../tape/tree.ts';
import { withSameBatches } from '../digest.ts';
import { type DirectionOptions, directionsOf } from '../directions.ts';
import { forwardMode } from '../forward-mode.ts';
import { treeLike, upload } from '../host.ts';
import type { BilevelProblem } from '../problem.ts';
import type { Estimator, Hypergradient, RunOptions } from './estimator.ts';

/** Bytes of tangents that go through one training; more directions take further trainings. */
const most = 1e9;

/**
 * Forward mode through the whole training (Franceschi et al. 2017): equal to `exact()`, by rules
 * applied the other way round. It holds no states but a tangent for each direction, of which each
 * costs as much as some two trainings: right for a few inputs and long trainings.
 */
export function forward(options: DirectionOptions = {}): Estimator {
  expectOptions('forward', options, ['directions']);
  const { directions } = options;
  return {
    name: directions ? `forward(${directions.length} directions)` : 'forward()',
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
  options: DirectionOptions,
  run: RunOptions,
): Promise<Hypergradient<S, I>> {
  const problem = withSameBatches(given);
  const { inputs, steps } = problem;
  const { device } = run;
  const {
    count,
    vector,
    gradient: ofSlopes,
  } = await directionsOf('forward', inputs, options, device);
  const { result: like } = trace((x: I) => problem.init(x), [inputs], 'init', ['inputs']);
  const atOnce = Math.max(1, Math.floor(most / (8 * Math.max(cellsOf(like), 1))));
  const slopes = new Float64Array(count);
  let [value, forwardSteps] = [0, 0];
  let state: S | undefined;
  for (let from = 0; from < Math.max(count, 1); from += atOnce) {
    const to = Math.min(from + atOnce, count);
    const directions = Array.from({ length: to - from }, (_, i) =>
      treeLike(inputs, vector(from + i)),
    );
    const result = await forwardMode(problem, directions, run);
    if (state) release(state);
    state = result.state;
    value = result.value;
    slopes.set(result.slopes, from);
    forwardSteps += steps;
  }
  const gradient = leavesOf(device, inputs, await upload(device, inputs, ofSlopes(slopes)));
  const heldStates = Math.min(count, atOnce);
  return { value, gradient, state: state as S, cost: { forwardSteps, heldStates } };
}
