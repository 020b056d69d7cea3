/** @file What a finding looks at, and the words and numbers that it is made of. */

import type { Tree } from '../../tape/tree.ts';
import type { Solution, Solver } from '../solvers/solver.ts';
import type { HessianSystem, ImplicitSystem } from '../system.ts';
import type { Vector } from '../vectors.ts';
import type { Finding, FindingName, Level } from './certificate.ts';

/** The least and the largest vᵀA v / vᵀv of all products so far. */
export interface Rayleigh {
  readonly least: number;
  readonly largest: number;
}

/** A solved system and what surrounds it. */
export interface Examined {
  readonly system: ImplicitSystem;
  /** The system of a loss; undefined for one of the step. */
  readonly hessian?: HessianSystem<Tree>;
  readonly solver: Solver;
  readonly solution: Solution;
  /** Of a system of a loss; all zeros before the first product. */
  readonly rayleigh: Rayleigh;
  /** b - A q, recomputed. */
  readonly left: Vector;
  /** The hypergradient. */
  readonly h: Vector;
  /** ‖θ_L - θ_{L-1}‖ and ‖Φ(θ_L) - θ_L‖; undefined where the steps are not all one Φ. */
  readonly moves?: { readonly before: number; readonly after: number };
}

/** A finding; `warned` decides between a warning and `fine`. */
export const judged = (
  name: FindingName,
  warned: boolean,
  numbers: Finding['numbers'],
  sentence: string,
): Finding => ({ name, level: warned ? 'warning' : 'fine', numbers, sentence });

/** A finding without a level to judge by, or nothing found. */
export const noted = (
  name: FindingName,
  sentence: string,
  numbers: Finding['numbers'] = {},
  level: Level = 'note',
): Finding => ({ name, level, numbers, sentence });

/** A number in three digits. */
export const show = (value: number): string =>
  value === 0 || Math.abs(value) >= 1e-3 ? value.toPrecision(3) : value.toExponential(2);
