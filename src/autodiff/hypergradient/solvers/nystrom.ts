/**
 * @file The Nyström approximation of the Hessian (Hataya & Yamada 2023): with k of its columns
 * C = A[:, S] and M = A[S, S], A ≈ C M⁻¹ Cᵀ, and by Woodbury's identity
 *
 *     q = (C M⁻¹ Cᵀ + ρ I)⁻¹ b = b/ρ - 1/ρ² C (M + CᵀC/ρ)⁻¹ Cᵀ b
 */

import { expectOptions } from '../../tape/options.ts';
import { uniformNumbers } from '../../tape/random-numbers.ts';
import { MethodError } from '../checkpoints.ts';
import { dot, plus } from '../vectors.ts';
import { columnsOf, eliminate } from './dense.ts';
import { expectCount, expectPositive, nameOfSolver, type Solver } from './solver.ts';

/** Options of `nystrom`. */
export interface NystromOptions {
  /** k, the columns: one product with the Hessian each; at most as many as there are parameters. */
  readonly rank: number;
  /** ρ, what is added to the diagonal. The directions that no column reaches have this curvature. */
  readonly rho: number;
  /** Chooses the columns; default 0. */
  readonly seed?: number;
}

/** The Nyström approximation of rank k of the Hessian plus ρ on its diagonal, inverted. */
export function nystrom(options: NystromOptions): Solver {
  expectOptions('nystrom', options, ['rank', 'rho', 'seed']);
  const { rank, rho, seed = 0 } = options;
  expectCount('nystrom: rank', rank);
  expectPositive('nystrom: rho', rho);
  return {
    name: nameOfSolver('nystrom', options),
    matrix: 'hessian',
    solve: async ({ b, apply }) => {
      const chosen = distinct(Math.min(rank, b.length), b.length, uniformNumbers(seed));
      const columns = await columnsOf(apply, b.length, chosen);
      const core = columns.map((ci, i) =>
        Float64Array.from(
          columns,
          (cj, j) => (ci[chosen[j]] + cj[chosen[i]]) / 2 + dot(ci, cj) / rho,
        ),
      );
      const weights = eliminate(
        core,
        Float64Array.from(columns, (column) => dot(column, b)),
      );
      if (!weights) {
        throw new MethodError('nystrom: the chosen columns are dependent: use a smaller rank');
      }
      const inRange = columns.reduce(
        (sum, column, i) => plus(sum, weights[i], column),
        new Float64Array(b.length),
      );
      const q = b.map((value, i) => value / rho - inRange[i] / rho ** 2);
      return { q, iterations: chosen.length, stopped: 'all iterations' };
    },
  };
}

/** `count` distinct whole numbers below `limit`: the first of a shuffle (Fisher & Yates). */
function distinct(count: number, limit: number, uniform: () => number): number[] {
  const all = Array.from({ length: limit }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const other = i + Math.floor(uniform() * (limit - i));
    [all[i], all[other]] = [all[other], all[i]];
  }
  return all.slice(0, count);
}
