/** @file `exact`: through every step. */

import type { CheckpointOptions } from '../checkpoints.ts';
import { reverseSweep } from '../reverse-sweep.ts';
import type { Estimator } from './estimator.ts';

/**
 * The derivative through every step and through `init` (Tang, Wen & Wang 2020, equations 7 and 8).
 * It costs about three trainings and holds all states, or as many as `checkpoints` says.
 */
export const exact = (options: CheckpointOptions = {}): Estimator => ({
  name: 'exact()',
  estimate: (problem, run) =>
    reverseSweep(problem, { ...run, ...options, depth: problem.steps, throughInit: true }),
});
