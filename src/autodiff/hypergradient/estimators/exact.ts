/** @file `exact`: through every step. */

import { type CheckpointOptions, expectCheckpoints } from '../checkpoints.ts';
import { reverseSweep } from '../reverse-sweep.ts';
import type { Estimator } from './estimator.ts';

/**
 * The derivative through every step and through `init` (Tang, Wen & Wang 2020, equations 7 and 8).
 * It costs about three trainings and holds all states, or as many as `checkpoints` says.
 */
export function exact(options: CheckpointOptions = {}): Estimator {
  expectCheckpoints('exact', options);
  return {
    name: 'exact()',
    estimate: (problem, run) =>
      reverseSweep(problem, { ...run, ...options, depth: problem.steps, throughInit: true }),
  };
}
