/** @file What a solver of A q = b is: one record, given to `implicit`. Vectors are on the host. */

import { showValue } from '../../tape/show-value.ts';
import { MethodError } from '../checkpoints.ts';
import type { Vector } from '../vectors.ts';

/** The system A q = b, whose matrix is known by its products alone. */
export interface LinearSystem {
  readonly b: Vector;
  /** The relative rounding error of what computes the products. */
  readonly epsilon: number;
  /** A v. */
  apply(v: Vector): Promise<Vector>;
}

/** Why a solver stopped. */
export type Stop = 'converged' | 'all iterations' | 'negative curvature' | 'flat direction';

/** What a solver found, and what it saw of A on the way. Its own residuals are not trusted. */
export interface Solution {
  readonly q: Vector;
  readonly iterations: number;
  readonly stopped: Stop;
  /** Extreme Ritz values: the least is no less than A's least eigenvalue, the largest no more. */
  readonly ritz?: readonly [least: number, largest: number];
  /** All eigenvalues of A, ascending, where the solver has the whole matrix. */
  readonly eigenvalues?: Vector;
  /** The ratio of the norms of the last two terms of a series. */
  readonly contraction?: number;
}

/** A way to solve A q = b. */
export interface Solver {
  /** As a user writes it, such as `cg({ iterations: 10 })`. */
  readonly name: string;
  /**
   * The matrix that it is for: the Hessian of the loss, or I - (∂Φ/∂θ)ᵀ of the last step, or of as
   * many as make a cycle.
   */
  readonly matrix: 'hessian' | 'map';
  /** Throws a MethodError where its numbers would mean nothing. */
  solve(system: LinearSystem): Promise<Solution>;
}

/** Throws a MethodError that names `what` unless a value is a whole number from 1. */
export function expectCount(what: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new MethodError(`${what}: expected a whole number from 1, got ${showValue(value)}`);
}

/** Throws a MethodError that names `what` unless a value is a finite number above 0. */
export function expectPositive(what: string, value: number): void {
  if (typeof value === 'number' && value > 0 && value < Infinity) return;
  throw new MethodError(`${what}: expected a number above 0, got ${showValue(value)}`);
}

/** A solver as a user writes it, without the options left out. */
export function nameOfSolver(solver: string, options: object): string {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const list = given.map(([name, value]) => `${name}: ${value}`).join(', ');
  return `${solver}(${list && `{ ${list} }`})`;
}
