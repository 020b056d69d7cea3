/**
 * @file One step of the training: q = b, so that h = ∂f/∂x + (∂Φ/∂x)ᵀ ∂f/∂θ (Bolte, Pauwels &
 * Vaiter 2023). Exact for a step that solves its problem, such as one of Newton.
 */

import { expectNothing } from '../../tape/options.ts';
import type { Solver } from './solver.ts';

/** The derivative through the last step at the trained point, whose state counts as a constant. */
export function oneStep(...none: readonly []): Solver {
  expectNothing('oneStep', none);
  return {
    name: 'oneStep()',
    matrix: 'map',
    solve: async ({ b }) => ({ q: b, iterations: 0, stopped: 'all iterations' }),
  };
}
