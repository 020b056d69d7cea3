/** @file How well q solves its system: ‖b - A q‖ / ‖b‖, from one more product, never from a recursion. */

import { norm } from '../vectors.ts';
import type { Finding } from './certificate.ts';
import { type Examined, judged, show } from './examined.ts';

/** ‖b - A q‖ / ‖b‖; 0 where b and q are 0. */
export function relativeResidual({ system, left, solution }: Examined): number {
  const size = norm(system.b);
  return size === 0 ? norm(solution.q) : norm(left) / size;
}

/** The recomputed residual. */
export async function residual(examined: Examined): Promise<Finding> {
  const residual = relativeResidual(examined);
  const { iterations, stopped } = examined.solution;
  return judged(
    'residual',
    !(residual <= 1e-2),
    { residual },
    `The recomputed residual is ${show(residual)} of the right-hand side after ${iterations} ` +
      `iteration${iterations === 1 ? '' : 's'} (${stopped}). It says how well the system is solved, and nothing about whether ` +
      'the training has reached a minimum.',
  );
}
