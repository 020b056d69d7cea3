/**
 * @file An estimate of the error in h, of a point that is no minimum and of a q that is no solution:
 *
 *     ‖h - h*‖ ≲ (C ‖∇_θ L‖ + ‖(∂²L/∂x∂θ)ᵀ (b - A q)‖) / μ
 *
 * with μ the least curvature seen, and C the change of h by unit length of θ along ∇_θ L, taken by
 * a difference. Neither is a bound.
 */

import { norm, plus, scaled } from '../vectors.ts';
import type { Finding } from './certificate.ts';
import { type Examined, judged, noted, show } from './examined.ts';
import { rangeOf } from './spectrum.ts';

/** Roundings of a product that a curvature may be lost in. */
const roundings = 64;

/** Three products with the mixed derivative, one with the Hessian, one derivative of the objective. */
export async function errorEstimate(examined: Examined): Promise<Finding> {
  const { hessian, left, h } = examined;
  const { least, largest } = rangeOf(examined);
  // A curvature that is rounding says nothing when something is divided by it.
  const rounding = roundings * examined.system.epsilon * largest;
  if (!hessian || !(least > rounding) || norm(h) === 0) {
    const reason = !hessian
      ? 'the system is that of the step'
      : least > rounding
        ? 'the hypergradient is 0'
        : 'no positive curvature beyond rounding to divide by';
    return noted('error estimate', `Not estimated: ${reason}.`);
  }
  const fromResidual = norm(await hessian.shift(left)) / least;
  const gradient = await hessian.gradient();
  const slope = norm(gradient) > 0 ? await changeAlong(examined, gradient, least) : 0;
  const fromStationarity = (slope * norm(gradient)) / least;
  const estimate = fromResidual + fromStationarity;
  const relative = estimate / norm(h);
  return judged(
    'error estimate',
    !(relative <= 0.1),
    { estimate, relative, fromResidual, fromStationarity },
    `The error is estimated at ${show(estimate)}, ${show(relative)} of the hypergradient: ` +
      `${show(fromStationarity)} as the training is not at its minimum and ${show(fromResidual)} ` +
      'as the system is not solved. This is an estimate and no bound.',
  );
}

/** C: how much h changes by unit length of θ along the gradient of the loss. */
async function changeAlong(
  { hessian, system, solution, left, h }: Examined,
  gradient: Float64Array,
  least: number,
): Promise<number> {
  if (!hessian) return 0;
  const { theta, epsilon } = system;
  const { q } = solution;
  const step = Math.cbrt(epsilon) * Math.max(norm(theta), 1);
  const moved = plus(theta, -step / norm(gradient), gradient);
  return hessian.movedTo(moved, async ({ b, direct, apply, shift }) => {
    const change = plus(plus(direct, 1, await shift(q)), -1, h);
    const unsolved = plus(plus(b, -1, await apply(q)), -1, left);
    const corrected = norm(await shift(scaled(1 / step, unsolved))) / least;
    return norm(change) / step + corrected;
  });
}
