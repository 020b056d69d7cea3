/** @file Whether the matrix is symmetric: pᵀA r = rᵀA p for two random vectors. */

import { randomVector } from '../../tape/random-numbers.ts';
import { dot, norm } from '../vectors.ts';
import type { Finding } from './certificate.ts';
import { type Examined, judged, noted, show } from './examined.ts';

/** |pᵀA r - rᵀA p| / (‖p‖ ‖A r‖); two products. */
export async function symmetry({ system, hessian }: Examined): Promise<Finding> {
  const { b, apply, epsilon } = system;
  const [p, r] = [randomVector(b.length, 1), randomVector(b.length, 2)];
  const [productOfP, productOfR] = [await apply(p), await apply(r)];
  const scale = norm(p) * norm(productOfR);
  const skew = Math.abs(dot(p, productOfR) - dot(r, productOfP)) / (scale || 1);
  // A sum over n cells loses some √n roundings, and the products as many again.
  const most = 64 * epsilon * Math.sqrt(b.length);
  const symmetric = skew <= most;
  if (!hessian) {
    return noted(
      'symmetry',
      symmetric
        ? `The step's matrix is symmetric along two random vectors (${show(skew)}).`
        : `The step's matrix is not symmetric (${show(skew)}), as with momentum or Adam: cg on it ` +
            'would be wrong, which this solver is not.',
      { skew },
    );
  }
  return judged(
    'symmetry',
    !symmetric,
    { skew },
    symmetric
      ? `The Hessian is symmetric along two random vectors, to ${show(skew)}. Two vectors are no ` +
          'proof.'
      : `The Hessian is not symmetric: ${show(skew)} for two random vectors. A derivative of the ` +
          'loss is wrong, or its numbers cancel; check it by checkGradients.',
  );
}
