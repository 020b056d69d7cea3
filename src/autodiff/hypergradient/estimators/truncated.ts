/** @file `truncated`: through the last steps alone. */

import { showValue } from '../../tape/show-value.ts';
import { type CheckpointOptions, expectCheckpoints, MethodError } from '../checkpoints.ts';
import { reverseSweep } from '../reverse-sweep.ts';
import type { Estimator } from './estimator.ts';

/**
 * The derivative through the last `steps` steps alone; the state before them counts as constant
 * (Tang, Wen & Wang 2020, equation 9). With as many steps as the training it is `exact`,
 * through `init` too: so is `truncated(0)` where the training has no steps.
 */
export function truncated(steps: number, options: CheckpointOptions = {}): Estimator {
  expectCheckpoints('truncated', options);
  return {
    name: `truncated(${steps})`,
    estimate: async (problem, run) => {
      if (!Number.isInteger(steps) || steps < 0) {
        throw new MethodError(
          `truncated: expected a whole number of steps, got ${showValue(steps)}`,
        );
      }
      const depth = Math.min(steps, problem.steps);
      const throughInit = depth === problem.steps;
      return reverseSweep(problem, { ...run, ...options, depth, throughInit });
    },
  };
}
