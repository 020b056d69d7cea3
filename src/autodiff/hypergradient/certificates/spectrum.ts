/**
 * @file What the products saw of the Hessian's eigenvalues. Each vᵀA v / vᵀv lies between the least
 * and the largest, so that one below 0 proves a negative eigenvalue, and none proves that all are
 * positive.
 */

import type { Finding } from './certificate.ts';
import { type Examined, judged, noted, show } from './examined.ts';

const ofTheStep = 'Not measured: the system is that of the step, whose matrix is not symmetric.';

/** Whether a direction of negative curvature was met. */
export async function negativeCurvature(examined: Examined): Promise<Finding> {
  if (!examined.hessian) return noted('negative curvature', ofTheStep);
  const { least, largest } = rangeOf(examined);
  const rounding = 64 * examined.system.epsilon * Math.max(Math.abs(least), largest);
  const found = least < -rounding || examined.solution.stopped === 'negative curvature';
  return judged(
    'negative curvature',
    found,
    { least },
    found
      ? `A direction of curvature ${show(least)} was met: the Hessian has a negative eigenvalue, ` +
          'and the trained point is no minimum.'
      : `No negative curvature was met; the least was ${show(least)}. Directions that no product ` +
          'looked at may have some.',
  );
}

/** The extreme Ritz values, or eigenvalues where there are all. */
export async function ritzRange(examined: Examined): Promise<Finding> {
  if (!examined.hessian) return noted('ritz range', ofTheStep);
  const { least, largest } = rangeOf(examined);
  const { eigenvalues } = examined.solution;
  const condition = least > 0 ? largest / least : Infinity;
  return noted(
    'ritz range',
    `${eigenvalues ? 'The eigenvalues' : 'Ritz values'} reach from ${show(least)} to ` +
      `${show(largest)}, a condition of ${show(condition)}. ` +
      (eigenvalues
        ? 'They are all there are.'
        : 'The true range is no narrower: the least is an upper bound of the least eigenvalue.'),
    { least, largest, condition },
  );
}

/** The widest range that was seen. */
export function rangeOf({ rayleigh, solution }: Examined): { least: number; largest: number } {
  const { eigenvalues, ritz } = solution;
  if (eigenvalues) return { least: eigenvalues[0], largest: eigenvalues[eigenvalues.length - 1] };
  return {
    least: Math.min(rayleigh.least, ritz?.[0] ?? Infinity),
    largest: Math.max(rayleigh.largest, ritz?.[1] ?? -Infinity),
  };
}
