/** @file Derivatives of few inputs by forward or by reverse mode, for evals that ask for each. */

import {
  type BilevelProblem,
  type Device,
  directionalDerivative,
  exact,
  grad,
  hypergradient,
  jvp,
  release,
  stack,
  type Tensor,
  type Tree,
  tensor,
} from '../../src/autodiff/index.ts';
import { takeNumbers } from './function.ts';

/** Forward or reverse mode. */
export type Mode = 'f' | 'r';

/** The four pairs of modes, outer and inner, by the names that GradBench has for them. */
export const modePairs = ['ff', 'fr', 'rf', 'rr'] as const;

const unit = (n: number, i: number): Tensor =>
  tensor(Float64Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));

/** The gradient [n] of a scalar function of a vector, as a function on the tape. */
export function slopeBy(mode: Mode, fn: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  if (mode === 'r') return grad(fn);
  return (x) => {
    const [n] = x.shape;
    return stack(Array.from({ length: n }, (_, i) => jvp(fn, x, unit(n, i)).tangent));
  };
}

/** The hypergradient in the one input, a vector: by a sweep back, or by a run for each entry. */
export async function hyperslope<S extends Tree, B extends Tree>(
  mode: Mode,
  problem: BilevelProblem<S, { x: Tensor }, S, B>,
  device: Device,
): Promise<number[]> {
  if (mode === 'r') {
    const { gradient, state } = await hypergradient(problem, { method: exact(), device });
    release(state);
    return takeNumbers(gradient.x, device);
  }
  const [n] = problem.inputs.x.shape;
  const slope: number[] = [];
  for (let i = 0; i < n; i++) {
    const { derivative } = await directionalDerivative(problem, { x: unit(n, i) }, { device });
    slope.push(derivative);
  }
  return slope;
}
