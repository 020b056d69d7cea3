/**
 * @file Conjugate gradients on the normal equations AᵀA q = Aᵀ b, where A is the Hessian and so
 * A = Aᵀ: for indefinite matrices, at the square of the condition number and two products each.
 */

import type { Vector } from '../vectors.ts';
import { type CgOptions, conjugateGradients, expectCgOptions } from './cg.ts';
import { nameOfSolver, type Solver } from './solver.ts';

/** Conjugate gradients on the squared Hessian, which needs no positive curvature. */
export function normalCg(options: CgOptions): Solver {
  expectCgOptions('normalCg', options);
  return {
    name: nameOfSolver('normalCg', options),
    matrix: 'hessian',
    solve: async ({ b, apply, epsilon }) => {
      const twice = async (v: Vector) => apply(await apply(v));
      const solution = await conjugateGradients(
        { b: await apply(b), apply: twice, epsilon },
        options,
      );
      // Ritz values of A² tell how large the eigenvalues of A are, not their sign.
      return { ...solution, ritz: undefined };
    },
  };
}
