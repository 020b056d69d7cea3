/** @file Whether training has come to rest: ‖∇_θ L‖ and ‖∇_θ L‖ / ‖θ‖, ‖Φ(θ) - θ‖ and its share. */

import { norm } from '../vectors.ts';
import type { Finding } from './certificate.ts';
import { type Examined, judged, noted, show } from './examined.ts';

const most = 1e-3;

/** The implicit function theorem holds at ∇_θ L = 0, or at θ = Φ(θ), and nowhere else. */
export async function stationarity({ system, hessian, moves }: Examined): Promise<Finding> {
  const size = norm(system.theta);
  const relative = (value: number) => (value === 0 ? 0 : value / size);
  const moved = moves && { move: moves.after, relativeMove: relative(moves.after) };
  if (!hessian) {
    if (!moved) {
      return noted(
        'stationarity',
        'Not measured: the steps read different data, so that none has a fixed point of its own. ' +
          'Give the loss, or compare with exact().',
      );
    }
    return judged(
      'stationarity',
      moved.relativeMove > most,
      moved,
      `One more step moves the state by ${show(moved.move)}, ${show(moved.relativeMove)} of its ` +
        'norm. A small step may also come of a small learning rate.',
    );
  }
  const gradientNorm = norm(await hessian.gradient());
  const relativeGradient = relative(gradientNorm);
  return judged(
    'stationarity',
    relativeGradient > most,
    { gradientNorm, relativeGradient, ...moved },
    `The gradient of the loss has the norm ${show(gradientNorm)}, ${show(relativeGradient)} of ` +
      'that of the parameters. The theorem holds where it is 0; how far off the minimum is, this ' +
      'alone does not say.',
  );
}
