/** @file What is known about an implicit hypergradient: findings as data and as sentences. */

import type { Stop } from '../solvers/solver.ts';

/** The findings, in the order in which they are printed. */
export type FindingName =
  | 'stationarity'
  | 'residual'
  | 'negative curvature'
  | 'ritz range'
  | 'contraction'
  | 'gauge'
  | 'symmetry'
  | 'error estimate'
  | 'retrained direction';

/**
 * `fine` or `warning` where there is a level to judge by; `note` where there is none, or where
 * nothing was measured, which the sentence says.
 */
export type Level = 'fine' | 'note' | 'warning';

/** One thing that was looked at. */
export interface Finding {
  readonly name: FindingName;
  readonly level: Level;
  /** The numbers of the sentence; none where nothing was measured. */
  readonly numbers: { readonly [name: string]: number };
  /** What was found and what it does not prove. */
  readonly sentence: string;
}

/** What is known about an implicit hypergradient. */
export interface Certificate {
  /** The solver as a user writes it. */
  readonly solver: string;
  readonly iterations: number;
  readonly stopped: Stop;
  /** Products with the Hessian, or pullbacks of the step, in all: the certificate's included. */
  readonly products: number;
  /** ‖b - A q‖ / ‖b‖, computed from q and never from the solver's recursion; 0 where b is 0. */
  readonly residual: number;
  readonly findings: readonly Finding[];
}
