/**
 * @file The Neumann series of the inverse of the Hessian,
 *
 *     q = η Σ_{k<K} (I - η A)^k b,
 *
 * which converges where 0 < η λ < 2 for every eigenvalue λ (Lorraine, Vicol & Duvenaud 2020). At a
 * stationary point of gradient descent with rate η it is `truncated(K)`.
 */

import { expectOptions } from '../../tape/options.ts';
import { MethodError } from '../checkpoints.ts';
import { norm, plus } from '../vectors.ts';
import { ritzValues } from './lanczos.ts';
import { expectCount, expectPositive, nameOfSolver, type Solver } from './solver.ts';

/** Options of `neumann`. */
export interface NeumannOptions {
  /** η. The learning rate of a gradient descent that converges is one that does. */
  readonly step: number;
  /** K, the terms of the series: one product with the Hessian each. */
  readonly terms: number;
}

/** Products with A that look for the ends of its spectrum before the series is summed. */
const probes = 10;

/**
 * K terms of the Neumann series. Throws a MethodError where the series diverges: an eigenvalue of
 * 2 / step or more is found by ten products, or a term is no smaller than the one before.
 */
export function neumann(options: NeumannOptions): Solver {
  expectOptions('neumann', options, ['step', 'terms']);
  const { step, terms } = options;
  expectPositive('neumann: step', step);
  expectCount('neumann: terms', terms);
  return {
    name: nameOfSolver('neumann', options),
    matrix: 'hessian',
    solve: async ({ b, apply }) => {
      const ritz = await ritzValues(apply, b.length, probes);
      const largest = ritz[1];
      if (step * largest >= 2) {
        throw new MethodError(
          `neumann: the series diverges: step ${step} times an eigenvalue of the Hessian, which ` +
            `is ${largest.toPrecision(4)} or more, is not below 2: set step below ` +
            `${(2 / largest).toPrecision(4)}`,
        );
      }
      let term = b;
      let total = b;
      let contraction = 0;
      for (let k = 1; k <= terms; k++) {
        const next = plus(term, -step, await apply(term));
        const size = norm(term);
        contraction = size > 0 ? norm(next) / size : 0;
        // For a symmetric matrix these ratios only grow. At 1 within rounding b has a part that no
        // product changes, which is the null space of A: the residual says how large it is.
        if (!(contraction <= 1 + 1e-6)) {
          throw new MethodError(
            `neumann: the series diverges: term ${k} is ${contraction.toPrecision(7)} times as long as ` +
              `the one before. The Hessian has a negative eigenvalue or one above ${2 / step}: lower ` +
              'step, or train longer',
          );
        }
        term = next;
        if (k < terms) total = plus(total, 1, term);
      }
      const q = total.map((value) => step * value);
      return { q, iterations: terms, stopped: 'all iterations', ritz, contraction };
    },
  };
}
