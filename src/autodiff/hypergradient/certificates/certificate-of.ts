/** @file The certificate of an implicit hypergradient: all findings, each from a file of its own. */

import type { Tree } from '../../tape/tree.ts';
import type { Certificate } from './certificate.ts';
import { contraction } from './contraction.ts';
import { errorEstimate } from './error-estimate.ts';
import type { Examined } from './examined.ts';
import { type Factorization, gauge } from './gauge.ts';
import { relativeResidual, residual } from './residual.ts';
import { type Retrain, retrained } from './retrained.ts';
import { negativeCurvature, ritzRange } from './spectrum.ts';
import { stationarity } from './stationarity.ts';
import { symmetry } from './symmetry.ts';

/** What is looked at only if asked for. */
export interface Asked {
  readonly factorization?: (parameters: Tree) => Factorization;
  readonly retrain?: Retrain;
}

/** Looks at a solved system. The products of some findings widen the range that others report. */
export async function certificateOf(examined: Examined, asked: Asked): Promise<Certificate> {
  const { system, solver, solution } = examined;
  const skew = await symmetry(examined);
  const orbit = await gauge(examined, asked.factorization);
  const findings = [
    await stationarity(examined),
    await residual(examined),
    await negativeCurvature(examined),
    await ritzRange(examined),
    await contraction(examined),
    orbit,
    skew,
    await errorEstimate(examined),
    await retrained(examined, asked.retrain),
  ];
  return {
    solver: solver.name,
    iterations: solution.iterations,
    stopped: solution.stopped,
    products: system.products,
    residual: relativeResidual(examined),
    findings,
  };
}
