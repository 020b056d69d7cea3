/** @file The whole Hessian, a column a product: q = A⁻¹ b by elimination, and all eigenvalues. */

import { expectNothing } from '../../tape/options.ts';
import { MethodError } from '../checkpoints.ts';
import { columnsOf, eliminate } from './dense.ts';
import type { Solver } from './solver.ts';
import { eigenvaluesOf } from './tridiagonal.ts';

/** More parameters than this are for another solver. */
const most = 2000;

/** An eigenvalue below this share of the largest is 0 to rounding. */
const negligible = 1e-12;

/**
 * Solves with the whole Hessian: for problems of up to 2,000 parameters. Throws a MethodError beyond,
 * and where the Hessian is singular.
 */
export function direct(...none: readonly []): Solver {
  expectNothing('direct', none);
  return {
    name: 'direct()',
    matrix: 'hessian',
    solve: async ({ b, apply }) => {
      const n = b.length;
      if (n > most) {
        throw new MethodError(`direct: ${n} parameters are more than ${most}: use cg`);
      }
      const columns = await columnsOf(
        apply,
        n,
        Array.from(b, (_, i) => i),
      );
      const symmetric = columns.map((column, i) => column.map((a, j) => (a + columns[j][i]) / 2));
      const eigenvalues = eigenvaluesOf(symmetric);
      const sizes = eigenvalues.map(Math.abs);
      const largest = sizes.reduce((top, size) => Math.max(top, size), 0);
      const flat = sizes.filter((size) => !(size > negligible * largest)).length;
      const q = flat > 0 ? undefined : eliminate(symmetric, b);
      if (!q) {
        throw new MethodError(
          `direct: the Hessian is singular: ${flat} of its ${n} eigenvalues are 0 to rounding, as ` +
            'those of a factorisation are along its rotations: use cg, which stays in its range, or ' +
            'regularise the loss',
        );
      }
      return { q, iterations: n, stopped: 'converged', eigenvalues };
    },
  };
}
