/** @file The certificate of a solved system. */

import type { Solution, Solver } from '../solvers/solver.ts';
import type { ImplicitSystem } from '../system.ts';
import { norm, plus } from '../vectors.ts';
import type { Certificate, Finding } from './certificate.ts';

/** Looks at a solution of a system, which it multiplies again. */
export async function certify(
  system: ImplicitSystem,
  solver: Solver,
  solution: Solution,
): Promise<Certificate> {
  const { iterations, stopped } = solution;
  const residual = await recomputedResidual(system, solution);
  return {
    solver: solver.name,
    iterations,
    stopped,
    products: system.products,
    residual,
    findings: [residualFinding(residual)],
  };
}

/** ‖b - A q‖ / ‖b‖. */
async function recomputedResidual({ b, apply }: ImplicitSystem, { q }: Solution): Promise<number> {
  const size = norm(b);
  return size === 0 ? norm(q) : norm(plus(b, -1, await apply(q))) / size;
}

const residualFinding = (residual: number): Finding => ({
  name: 'residual',
  level: residual <= 1e-2 ? 'fine' : 'warning',
  numbers: { residual },
  sentence:
    `The recomputed residual ‖b - A q‖ / ‖b‖ is ${residual.toPrecision(3)}: q solves the system ` +
    'at the trained point that far; it says nothing about whether that point is a minimum.',
});
