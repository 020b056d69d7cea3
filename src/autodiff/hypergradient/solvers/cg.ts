/**
 * @file Conjugate gradients (Hestenes & Stiefel 1952), for a symmetric matrix that is positive on
 * the directions that b reaches:
 *
 *     r_0 = p_0 = b,  q_0 = 0
 *     α_k = rᵀr / pᵀAp     q += α_k p     r' = r - α_k A p
 *     β_k = r'ᵀr' / rᵀr    p = r' + β_k p
 *
 * The coefficients are those of Lanczos: T_kk = 1/α_k + β_{k-1}/α_{k-1}, T_{k,k+1} = √β_k / α_k,
 * whose eigenvalues are the Ritz values (Saad 2003, section 6.7.3).
 */

import { expectOptions } from '../../tape/options.ts';
import { MethodError } from '../checkpoints.ts';
import { dot, norm, plus, type Vector } from '../vectors.ts';
import {
  expectCount,
  type LinearSystem,
  nameOfSolver,
  type Solution,
  type Solver,
} from './solver.ts';
import { extremes } from './tridiagonal.ts';

/** Options of `cg` and `normalCg`. */
export interface CgOptions {
  /** The most iterations, of one product with A each, or two. */
  readonly iterations: number;
  /** Stops at this norm of the residual of the recursion, relative to b; default 1e-13. */
  readonly tolerance?: number;
}

/** Throws a MethodError or a TypeError that names `what` at options that are wrong. */
export function expectCgOptions(what: string, options: CgOptions): void {
  expectOptions(what, options, ['iterations', 'tolerance']);
  expectCount(`${what}: iterations`, options.iterations);
  const { tolerance = 1e-13 } = options;
  // At 1 the solution 0 is good enough, and no direction is looked along.
  if (tolerance > 0 && tolerance < 1) return;
  throw new MethodError(
    `${what}: tolerance: expected a number above 0 and below 1, got ${tolerance}`,
  );
}

/**
 * Conjugate gradients on the Hessian. Stops where it meets a direction p with pᵀAp <= 0, which
 * proves that the Hessian is not positive definite; throws a MethodError where the first is one.
 */
export function cg(options: CgOptions): Solver {
  expectCgOptions('cg', options);
  return {
    name: nameOfSolver('cg', options),
    matrix: 'hessian',
    solve: async (system) => {
      const solution = await conjugateGradients(system, options);
      if (solution.iterations > 0 || norm(system.b) === 0) return solution;
      throw new MethodError(
        'cg: the Hessian has no positive curvature along the derivative of the objective, so that ' +
          'the training has not reached a minimum: train longer, or use normalCg, which needs none',
      );
    },
  };
}

/** Roundings of a product that its sign may be lost in. */
const roundings = 64;

/** The recursion, for any symmetric system. */
export async function conjugateGradients(
  { b, apply, epsilon }: LinearSystem,
  { iterations, tolerance = 1e-13 }: CgOptions,
): Promise<Solution> {
  let q: Vector = new Float64Array(b.length);
  let r = b;
  let p = b;
  let rr = dot(b, b);
  const stop = tolerance * tolerance * rr;
  const [alphas, betas]: number[][] = [[], []];
  let stopped: Solution['stopped'] = 'all iterations';
  let largest = 0;
  for (let k = 0; k < iterations; k++) {
    if (rr <= stop) {
      stopped = 'converged';
      break;
    }
    const product = await apply(p);
    const pp = dot(p, p);
    const bend = dot(p, product);
    // Below this pᵀAp is rounding, of products with a matrix as large as was seen.
    largest = Math.max(largest, norm(product) / Math.sqrt(pp));
    const rounding = roundings * epsilon * largest * pp;
    if (!(bend > rounding)) {
      stopped = bend < -rounding ? 'negative curvature' : 'flat direction';
      break;
    }
    const alpha = rr / bend;
    q = plus(q, alpha, p);
    r = plus(r, -alpha, product);
    const next = dot(r, r);
    alphas.push(alpha);
    betas.push(next / rr);
    p = plus(r, next / rr, p);
    rr = next;
  }
  if (rr <= stop) stopped = 'converged';
  const seen = alphas.length > 0 && { ritz: ritzRange(alphas, betas) };
  return { q, iterations: alphas.length, stopped, ...seen };
}

/** The least and the largest Ritz value. */
function ritzRange(alphas: readonly number[], betas: readonly number[]) {
  const diagonal = alphas.map((a, k) => 1 / a + (k > 0 ? betas[k - 1] / alphas[k - 1] : 0));
  const beside = alphas.slice(1).map((_, k) => Math.sqrt(betas[k]) / alphas[k]);
  return extremes(diagonal, beside);
}
