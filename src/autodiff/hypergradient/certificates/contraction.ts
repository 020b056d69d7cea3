/** @file How fast the training, and the series of the solver, approach their limits. */

import { norm } from '../vectors.ts';
import type { Finding } from './certificate.ts';
import { type Examined, judged, noted, show } from './examined.ts';

const most = 0.99;

/** ‖Φ(θ_L) - θ_L‖ / ‖θ_L - θ_{L-1}‖, and the ratio of the last two terms of a series. */
export async function contraction({ moves, solution, system }: Examined): Promise<Finding> {
  // Moves of a few roundings are noise: the training has come to rest.
  const least = 64 * system.epsilon * norm(system.theta);
  const training = moves && moves.before > least ? moves.after / moves.before : undefined;
  const series = solution.contraction;
  if (training === undefined && series === undefined) {
    return noted(
      'contraction',
      'Not measured: the training has no two steps of one map that still move it, and the solver ' +
        'sums no series.',
    );
  }
  const numbers = {
    ...(training !== undefined && { training }),
    ...(series !== undefined && { series }),
  };
  const parts = [
    training !== undefined && `one more step is ${show(training)} times as long as the last`,
    series !== undefined && `the last term of the series is ${show(series)} times the one before`,
  ].filter((part) => part !== false);
  return judged(
    'contraction',
    Object.values(numbers).some((ratio) => !(ratio <= most)),
    numbers,
    `Of the map, ${parts.join(', and ')}. These are ratios along the way that was gone: slower ` +
      'directions may be hidden below faster ones.',
  );
}
