/**
 * @file The adjoint fixed point of the training's own step Φ: from v_0 = 0,
 *
 *     v_{k+1} = (∂Φ/∂θ)ᵀ v_k + b     towards     (I - (∂Φ/∂θ)ᵀ) q = b
 *
 * (Christianson 1994; Grazzi et al. 2020). At a fixed point of Φ, K iterations are `truncated(K)`.
 */

import { expectOptions } from '../../tape/options.ts';
import { MethodError } from '../checkpoints.ts';
import { norm, plus } from '../vectors.ts';
import {
  expectCount,
  type LinearSystem,
  nameOfSolver,
  type Solution,
  type Solver,
} from './solver.ts';

/** Options of `fixedPoint`. */
export interface FixedPointOptions {
  /** K: one pullback of the step each. */
  readonly iterations: number;
}

/**
 * K iterations of the adjoint fixed point, for any optimiser: the state is all of θ, averages
 * included. Throws a MethodError where the iteration diverges.
 */
export function fixedPoint(options: FixedPointOptions): Solver {
  expectOptions('fixedPoint', options, ['iterations']);
  const { iterations } = options;
  expectCount('fixedPoint: iterations', iterations);
  return {
    name: nameOfSolver('fixedPoint', options),
    matrix: 'map',
    solve: (system) => iterate(system, iterations),
  };
}

/** The sum of the first terms (∂Φ/∂θ)ᵀ^k b; the residual of the sum is the next term. */
async function iterate({ b, apply }: LinearSystem, iterations: number): Promise<Solution> {
  const norms = [norm(b)];
  let term = b;
  let q = b;
  for (let k = 1; k <= iterations; k++) {
    term = plus(term, -1, await apply(term));
    norms.push(norm(term));
    if (k < iterations) q = plus(q, 1, term);
  }
  expectShrinking(norms);
  const [before, last] = norms.slice(-2);
  const contraction = before > 0 ? last / before : 0;
  return { q, iterations, stopped: 'all iterations', contraction };
}

/**
 * Terms of a map that is not symmetric may grow at first, so only those of the last half count, and
 * only where nothing is gained on q = 0.
 */
function expectShrinking(norms: readonly number[]): void {
  const last = norms[norms.length - 1];
  const middle = norms[norms.length >> 1];
  if (norms.length > 2 && !(last < middle || last < norms[0]) && last > 0) {
    throw new MethodError(
      `fixedPoint: the iteration diverges: term ${norms.length - 1} has the norm ${last.toPrecision(3)}, the ` +
        `derivative of the objective ${norms[0].toPrecision(3)}. The step is no contraction here: lower the ` +
        'learning rate, train longer, or use a solver of the Hessian',
    );
  }
}
