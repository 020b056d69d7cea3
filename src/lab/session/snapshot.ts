/** @file What the page gets to know of an iteration, as plain data. */

import type { Facts, Outcome } from '../problems/problem.ts';

/** The truncation to τ steps beside the exact gradient, for τ = 0 to L. */
export interface Curve {
  readonly error: Float64Array;
  readonly cosine: Float64Array;
  readonly normRatio: Float64Array;
  readonly fraction: Float64Array;
}

/** An iteration, as the page shows it. */
export interface Snapshot {
  readonly facts: Facts;
  readonly iteration: number;
  readonly value: number;
  readonly figures: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly inputs: Float32Array;
  /** The exact hypergradient. */
  readonly gradient: Float32Array;
  readonly curve: Curve;
  /** By step t = 0 to L - 1: the norm of the adjoint after it, and the step's part of the gradient. */
  readonly adjointNorms: Float64Array;
  readonly fractions: Float64Array;
  /** The part of the gradient that comes through the start of the training. */
  readonly initFraction: number;
  readonly settled: boolean;
}

/** A line of the history: what curves show, and what Node prints. */
export type Line = Pick<Snapshot, 'iteration' | 'value' | 'figures' | 'seconds'>;

/** The snapshot of an outcome, whose gradient has been read. */
export function snapshotOf(facts: Facts, outcome: Outcome, gradient: Float32Array): Snapshot {
  const { attribution, iteration, value, figures, seconds, inputs, settled } = outcome;
  const { curve, shares } = attribution;
  const column = (name: keyof Curve) => Float64Array.from(curve, (point) => point[name]);
  const adjointNorms = new Float64Array(facts.steps);
  const fractions = new Float64Array(facts.steps);
  let initFraction = 0;
  for (const { step, adjointNorm, fraction } of shares) {
    if (step < 0) {
      initFraction = fraction;
      continue;
    }
    adjointNorms[step] = adjointNorm;
    fractions[step] = fraction;
  }
  return {
    facts,
    iteration,
    value,
    figures,
    seconds,
    inputs,
    gradient,
    curve: {
      error: column('error'),
      cosine: column('cosine'),
      normRatio: column('normRatio'),
      fraction: column('fraction'),
    },
    adjointNorms,
    fractions,
    initFraction,
    settled,
  };
}
